import pytest
from pydantic import ValidationError

from shared.plumbing.nats_address import read
from shared.plumbing.settings import Settings


def test_servers_of_a_cluster_share_one_user() -> None:
    address = read("nats://attune:s3cret@one:4222,two:4222, [::1]:4222")

    assert address.servers == ["nats://one:4222", "nats://two:4222", "nats://[::1]:4222"]
    assert (address.user, address.password) == ("attune", "s3cret")


def test_a_token_stays_with_each_server() -> None:
    assert read("tls://token@one:4222,two:4222") == (["tls://token@one:4222", "tls://token@two:4222"], None, None)


def test_a_server_that_asks_nobody_who_they_are_needs_no_user() -> None:
    assert read("nats://127.0.0.1:4222") == (["nats://127.0.0.1:4222"], None, None)


def test_a_list_of_whole_addresses_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_NATS_URL", "nats://attune:x@one:4222,nats://attune:x@two:4222")

    with pytest.raises(ValidationError, match="one:4222,two:4222,three:4222"):
        Settings()
