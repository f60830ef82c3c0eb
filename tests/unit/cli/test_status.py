import pytest

from services.cli.reading import unknown
from services.cli.status import without_password

SHOWN = {
    "postgresql://us:hunter2@db:5432/x": "postgresql://us@db:5432/x",
    "postgresql:///x?host=/run&port=5432&password=hunter2": "postgresql:///x?host=/run&port=5432",
    "postgresql://db/x?p%61ssword=hunter2": "postgresql://db/x",
    "nats://127.0.0.1:4222": "nats://127.0.0.1:4222",
}


@pytest.mark.parametrize("url", SHOWN)
def test_no_password_is_shown_wherever_the_address_holds_it(url: str) -> None:
    assert without_password(url) == SHOWN[url]


def test_an_unknown_initiative_is_answered_with_those_there_are() -> None:
    assert unknown("NOPE", ["a", "b"]) == "no initiative 'NOPE'; there are a, b"
