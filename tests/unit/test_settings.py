import os
from pathlib import Path

import psutil
import pytest

from shared.errors import Refused, Unavailable
from shared.plumbing.embedded import lock
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.settings import configured, settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ATTUNE_")]:
        monkeypatch.delenv(name)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "attune.toml").write_text("ingest_batch = 10\nkeep_notes = true\n")
    monkeypatch.setenv("ATTUNE_INGEST_BATCH", "30")

    assert (configured().ingest_batch, configured().keep_notes) == (30, True)


def test_an_empty_path_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALERTS_FILE", "DIRECTORY", "FAILPOINTS"):
        monkeypatch.setenv(f"ATTUNE_{name}", "")

    assert (configured().alerts_file, configured().directory, configured().failpoints) == (None, Path(".attune"), None)


def test_a_setting_nobody_knows_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "attune.toml").write_text("own_domian = 'a.example'\n")

    with pytest.raises(Refused, match=r"`own_domian` is not a setting of attune; known are .*own_domains"):
        configured()


def test_a_wrong_value_is_refused_without_being_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_INGEST_BATCH", "hunter2")

    with pytest.raises(Refused, match="`ingest_batch`: Input should be a valid integer") as refusal:
        configured()

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ({}, "http://127.0.0.1:8474"),
        ({"CONSOLE_HTTP": "10.0.0.7:9000"}, "http://10.0.0.7:9000"),
        ({"CONSOLE_HTTP": "0.0.0.0:9000", "CONSOLE_URL": ""}, "http://127.0.0.1:9000"),
        ({"CONSOLE_HTTP": "[::]:9000"}, "http://127.0.0.1:9000"),
        ({"CONSOLE_HTTP": "0.0.0.0:9000", "CONSOLE_URL": "https://attune.us.example/x"}, "https://attune.us.example/x"),
    ],
)
def test_links_lead_where_the_console_listens_unless_it_is_said_where_people_reach_it(
    written: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in written.items():
        monkeypatch.setenv(f"ATTUNE_{name}", value)

    assert configured().console_url == url


@pytest.mark.parametrize("url", ["attune.us.example", "ftp://us.example", "https://", "https://us.example/a b"])
def test_an_address_of_the_console_that_no_browser_finds_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_CONSOLE_URL", url)

    with pytest.raises(Refused, match="`console_url`: must be a URL such as https"):
        configured()


@pytest.mark.parametrize("address", ["8471", "localhost", ":8471", "localhost:http", "localhost:65536"])
def test_an_address_without_host_or_port_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("ATTUNE_INGEST_HTTP", address)

    with pytest.raises(Refused, match=r"`ingest_http`: must be host:port, such as [0-9.:]*$"):
        configured()


def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "attune.toml").write_text("ingest_batch = \n")

    with pytest.raises(Refused, match=r"attune\.toml is not valid TOML"):
        configured()


def test_a_file_that_was_named_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_CONFIG", "nowhere.toml")

    with pytest.raises(Refused, match=r"ATTUNE_CONFIG names nowhere\.toml"):
        configured()


def test_lists_are_read_the_same_from_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "attune.toml").write_text("own_domains = ['Us.example', 'we.example']\n")
    from_file = configured().own_domains
    monkeypatch.setenv("ATTUNE_OWN_DOMAINS", "us.example, WE.example,")

    assert configured().own_domains == from_file == ("us.example", "we.example")


@pytest.mark.parametrize(
    "name", ["own_domains", "own_addresses", "person_addresses", "role_names", "blocked", "allowed"]
)
@pytest.mark.parametrize("written", ['["corp.example"]', '["ana@corp.example", "x"]', "'corp.example'", "a b", "*.@"])
def test_a_list_of_anything_else_is_refused_by_setting_value_and_rule(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(f"ATTUNE_{name.upper()}", written)

    with pytest.raises(
        Refused, match=rf"`{name}`: .+ — (must|has a domain that is not valid: must) be .+; write a list"
    ) as refusal:
        configured()

    assert repr(written.partition(",")[0].lower()) in str(refusal.value)


@pytest.mark.parametrize(
    "pair", ["old.example", "old.example=", "a@x.example=corp.example", "a.example=b.example=c.example", '["a.b=c.d"]']
)
def test_an_alias_that_says_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, pair: str) -> None:
    monkeypatch.setenv("ATTUNE_ALIASES", f"x.example=y.example,{pair}")

    with pytest.raises(Refused, match=r"`aliases`: .+ — must be a pair such as old\.example=corp\.example"):
        configured()


def test_lists_hold_the_spelling_that_addresses_are_compared_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_OWN_DOMAINS", "Bücher.example, corp.example.")
    monkeypatch.setenv("ATTUNE_OWN_ADDRESSES", "mailto:Ana@Bücher.example")
    monkeypatch.setenv("ATTUNE_ALIASES", "Old.example = Bücher.example")
    monkeypatch.setenv("ATTUNE_BLOCKED", "old.example, x+tag@old.example, 0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("ATTUNE_WITHOUT_PLUS_TAGS", "true")

    chosen = configured()

    assert chosen.own_domains == ("xn--bcher-kva.example", "corp.example")
    assert chosen.own_addresses == ("ana@xn--bcher-kva.example",)
    assert chosen.spelling().canonical("ana@old.example") == "ana@xn--bcher-kva.example"
    assert chosen.lists().blocked == {
        "xn--bcher-kva.example",
        "x@xn--bcher-kva.example",
        "0123456789abcdef0123456789abcdef",
    }


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "NATS_URL", "HANDLE_KEY", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"ATTUNE_{name}", "hunter2")

    assert "hunter2" not in f"{configured()!r} {configured()}"


def test_without_servers_it_says_how_to_get_them() -> None:
    with pytest.raises(Unavailable, match="start it with `attune run`, or set ATTUNE_DATABASE_URL"):
        settings()


def test_who_needs_no_database_needs_nats_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unavailable):
        settings(without_database=True)
    monkeypatch.setenv("ATTUNE_NATS_URL", "nats://one:4222")

    assert settings(without_database=True).nats_url.get_secret_value() == "nats://one:4222"
    with pytest.raises(Unavailable):
        settings()


def test_servers_of_a_running_attune_are_found_and_only_what_was_left_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path(".attune").mkdir()
    runtime = Runtime(
        "found", "found", "found", http={"ingest": "127.0.0.1:1", "alerts": "127.0.0.1:2", "console": "[::1]:4"}
    )
    runtime.write(Path(".attune"))
    monkeypatch.setenv("ATTUNE_DATABASE_URL", "chosen")
    monkeypatch.setenv("ATTUNE_INGEST_HTTP", "127.0.0.1:3")

    found = settings()

    assert found.database_url.get_secret_value() == "chosen"
    assert found.nats_url.get_secret_value() == "found"
    assert (found.ingest_http, found.alerts_http) == ("127.0.0.1:3", "127.0.0.1:2")
    assert (found.console_http, found.console_url) == ("[::1]:4", "http://[::1]:4")


def test_the_note_of_a_process_that_is_gone_counts_for_nothing() -> None:
    Path(".attune").mkdir()
    # Our own number, but born at another time: the number was given anew.
    Runtime("found", "found", "found", born_at=1.0).write(Path(".attune"))

    with pytest.raises(Unavailable, match="attune is not running here"):
        settings()


def test_what_runs_is_found_after_the_clock_was_set() -> None:
    Path(".attune").mkdir()
    # Births are reckoned back from the clock: an hour's step moves them all by an hour.
    Runtime("found", "found", "found", born_at=psutil.Process().create_time() - 3600).write(Path(".attune"))

    with lock.held(Path(".attune"), os.getpid()):
        assert settings().database_url.get_secret_value() == "found"


def test_without_a_key_no_address_is_hashed() -> None:
    with pytest.raises(Refused, match="set ATTUNE_HANDLE_KEY"):
        configured().handle_secret()


def test_a_secret_may_lie_in_a_file_without_its_last_line_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("long and random\n")
    monkeypatch.setenv("ATTUNE_HANDLE_KEY_FILE", str(tmp_path / "key"))

    assert configured().handle_secret() == b"long and random"


def test_a_secret_file_that_cannot_be_read_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_NATS_URL_FILE", "nowhere")

    with pytest.raises(Refused, match="ATTUNE_NATS_URL_FILE names nowhere, which cannot be read"):
        configured()


def test_a_setting_given_as_value_and_as_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("one")
    monkeypatch.setenv("ATTUNE_HANDLE_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("ATTUNE_HANDLE_KEY", "another")

    with pytest.raises(Refused, match="ATTUNE_HANDLE_KEY and ATTUNE_HANDLE_KEY_FILE are both set"):
        configured()
