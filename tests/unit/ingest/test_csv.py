import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from services.ingest.connectors import csv
from services.ingest.connectors.items import Envelope, Item, Rejected
from shared.errors import Refused
from shared.events.envelope import EVENT

HEADER = "ego,stakeholder,occurred_at,direction,kind\n"
NO_SHIFT = timedelta(0)


def file(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows))
    return path


def items(path: Path, initiative: str | None = None, shift: timedelta = NO_SHIFT) -> list[Item]:
    return list(csv.items(path, csv.always(initiative), shift))


def envelopes(path: Path, initiative: str | None = None, shift: timedelta = NO_SHIFT) -> list[Envelope]:
    return [item for item in items(path, initiative, shift) if isinstance(item, dict)]


def rejected(path: Path) -> list[str]:
    return [item.reason for item in items(path) if isinstance(item, Rejected)]


def test_every_kind_of_row_becomes_a_valid_envelope(tmp_path: Path) -> None:
    path = file(tmp_path, *(f"e1,e2,2020-01-0{n}T00:00:00Z,in,{kind}" for n, kind in enumerate(csv.KINDS, 1)))

    found = envelopes(path, "change")

    assert len(found) == len(csv.KINDS)
    for envelope in found:
        EVENT.validate_json(orjson.dumps(envelope))


@pytest.mark.parametrize(
    ("kind", "becomes", "breadth"),
    [
        ("email", "email", None),
        ("email_group", "email", 4),
        ("email_broadcast", "email", 10),
        ("sms", "message", None),
        ("commit", "message", None),
        ("purchase", "message", None),
        ("call", "call", None),
        ("meeting", "meeting", None),
    ],
)
def test_a_kind_of_the_file_is_one_of_ours(tmp_path: Path, kind: str, becomes: str, breadth: int | None) -> None:
    [envelope] = envelopes(file(tmp_path, f"e1,e2,2020-01-01T00:00:00Z,out,{kind}"))

    assert (envelope["data"]["kind"], envelope["data"].get("breadth")) == (becomes, breadth)


@pytest.mark.parametrize(("word", "direction"), [("in", "inbound"), ("out", "outbound"), ("none", "mutual")])
def test_directions_are_ours(tmp_path: Path, word: str, direction: str) -> None:
    [envelope] = envelopes(file(tmp_path, f"e1,e2,2020-01-01T00:00:00Z,{word},email"))

    assert envelope["data"]["direction"] == direction


def test_a_direction_may_be_written_as_in_events_and_is_the_same_row(tmp_path: Path) -> None:
    path = file(
        tmp_path, *(f"e1,e2,2020-01-01T00:00:00Z,{word},email" for words in csv.SHORT.items() for word in words)
    )

    inbound, in_, outbound, out, mutual, none = envelopes(path)

    assert [inbound, outbound, mutual] == [in_, out, none]
    assert {each["data"]["direction"] for each in (in_, out, none)} == {"inbound", "outbound", "mutual"}


def test_two_ids_never_become_one_address(tmp_path: Path) -> None:
    ids = ["a b", "a%20b", "a  b", "ab", "a\tb", "ana@corp.example", "Ünal"]
    path = file(tmp_path, *(f"e1,{name},2020-01-01T00:00:00Z,in,email" for name in ids))

    addresses = [envelope["data"]["people"][0]["address"] for envelope in envelopes(path)]

    assert len(set(addresses)) == len(ids)
    assert addresses[0] == "id:a%20b"
    assert addresses[5] == "ana@corp.example"


def test_a_row_keeps_its_id_wherever_it_is_shifted_and_whatever_file_holds_it(tmp_path: Path) -> None:
    row = "e1,e2,2020-01-01T00:00:00Z,in,email"
    packed = tmp_path / "events.csv.gz"
    packed.write_bytes(gzip.compress((HEADER + row + "\n").encode()))

    [plain] = envelopes(file(tmp_path, row))
    [shifted] = envelopes(packed, shift=timedelta(days=3))

    assert shifted["id"] == plain["id"]
    assert datetime.fromisoformat(shifted["time"]) == datetime(2020, 1, 4, tzinfo=UTC)


def test_the_same_row_in_another_initiative_is_another_touchpoint(tmp_path: Path) -> None:
    path = file(tmp_path, "e1,e2,2020-01-01T00:00:00Z,in,email")

    assert envelopes(path, "one")[0]["id"] != envelopes(path, "other")[0]["id"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("e1,e2,2020-01-01,in,email", "occurred_at: '2020-01-01' — must name its time zone"),
        ("e1,e2,yesterday,in,email", "occurred_at: 'yesterday' — must be ISO 8601"),
        ("e1,e2,0001-01-01T00:00:00+14:00,in,email", "occurred_at: '0001-01-01T00:00:00+14:00' — must be ISO 8601"),
        ("e1,,2020-01-01T00:00:00Z,in,email", "stakeholder: '' — is required"),
        (",e2,2020-01-01T00:00:00Z,in,email", "ego: '' — is required"),
        (
            "e1,e2,2020-01-01T00:00:00Z,up,email",
            "direction: 'up' — must be one of in, out, none, inbound, outbound, mutual",
        ),
        ("e1,e2,2020-01-01T00:00:00Z,in,wave", "kind: 'wave' — must be one of meeting, email"),
        ("e1,e2,2020-01-01T00:00:00Z,in,pulse", "kind: 'pulse' — needs more than a row of this CSV holds"),
        ("e1,e2,2020-01-01T00:00:00Z,in", "row: '4 cells' — must have 5"),
        ("e1,a @ b,2020-01-01T00:00:00Z,in,email", "stakeholder: 'a @ b' — must be an e-mail address"),
        (f"e1,{'x' * 400},2020-01-01T00:00:00Z,in,email", "must be 320 characters at most"),
    ],
)
def test_a_broken_row_is_named_by_line_field_value_and_rule(tmp_path: Path, row: str, reason: str) -> None:
    path = file(tmp_path, "e1,e2,2020-01-01T00:00:00Z,in,email", row, "e1,e3,2020-01-01T00:00:00Z,in,email")

    [found] = rejected(path)

    assert found.startswith("line 3: ")
    assert reason in found
    assert len(envelopes(path)) == 2


def test_bytes_that_are_no_text_cost_their_own_row_only(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    good = b"e1,e2,2020-01-01T00:00:00Z,in,email\n"
    path.write_bytes(HEADER.encode() + good + b"e1,\xff\xfe,2020-01-01T00:00:00Z,in,email\n" + good)

    assert [reason.rpartition("— ")[2] for reason in rejected(path)] == ["must be UTF-8"]
    assert len(envelopes(path)) == 2


def test_another_table_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the first line must be ego,stakeholder"):
        items(file(tmp_path, "1,2", header="a,b\n"))


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.csv.gz"
    whole = gzip.compress((HEADER + "e1,e2,2020-01-01T00:00:00Z,in,email\n" * 1000).encode())
    path.write_bytes(whole[: len(whole) // 2])

    with pytest.raises(Refused, match="its compression is broken"):
        items(path)


def test_the_survey_counts_who_has_most_to_do_with_whom(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        "e1,Ana B,2020-01-02T00:00:00Z,in,email",
        "e2,Ana B,2020-01-05T00:00:00Z,in,email",
        "e2,Ana B,2020-01-01T00:00:00Z,in,email",
        "e2,Bo,nonsense,in,email",
    )

    found = csv.survey(path, csv.always("change"))

    assert found.rows == 3
    assert dict(found.ties[csv.Tie("change", "id:ana%20b")]) == {"e1": 1, "e2": 2}
    assert found.names == {"id:ana%20b": "Ana B"}
    assert found.last is not None
    assert found.last.occurred_at == datetime(2020, 1, 5, tzinfo=UTC)
