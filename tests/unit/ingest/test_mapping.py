"""Tables of somebody else's become touchpoints by a mapping, or say which line, column and rule is wrong."""

import gzip
import tracemalloc
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.commands.import_csv import csv_
from services.ingest.connectors import jsonl, mapped
from services.ingest.connectors.items import Item, Rejected
from services.ingest.connectors.mapping import Place, item, mapping_of
from shared.errors import Refused
from shared.events.envelope import EVENT

EXAMPLES = Path(__file__).parents[3] / "docs" / "mappings"
SURVEY = (EXAMPLES / "pulses.toml").read_text()


def of_example(tmp_path: Path, name: str) -> list[Item]:
    """Import the lines that an example shows in its own comment."""
    shown = [line[4:] for line in (EXAMPLES / name).read_text().splitlines() if line.startswith("#   ")]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(shown))
    return list(mapped.items(path, mapped.mapping_in(EXAMPLES / name)))


def data_of(found: Item) -> dict[str, Any]:
    assert isinstance(found, dict), found
    EVENT.validate_json(orjson.dumps(found))
    return {**found["data"], "time": found["time"]}


def rows(tmp_path: Path, mapping: str, *lines: str, initiative: str | None = None) -> list[Item]:
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines))
    return list(mapped.items(path, mapping_of(mapping, "m.toml"), initiative))


def survey(tmp_path: Path, *lines: str) -> list[Item]:
    return rows(tmp_path, SURVEY, "Response ID;Submitted;Email;How aligned are you?", *lines)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "pulses.toml",
            {
                "kind": "pulse",
                "direction": "inbound",
                "people": [{"address": "ana@corp.example"}],
                "rating": 0.5,
                "time": "2026-03-02T08:30:00+00:00",
            },
        ),
        (
            "commitments.toml",
            {
                "kind": "commitment",
                "direction": "mutual",
                "people": [{"address": "ana@corp.example"}],
                "by": "uli@acme.example",
                "commitment": {"ref": "C-1", "state": "kept", "by": "us", "due_at": "2026-03-31T22:00:00+00:00"},
                "time": "2026-03-02T09:30:00+00:00",
            },
        ),
        (
            "setbacks.toml",
            {
                "kind": "setback",
                "direction": "mutual",
                "people": [{"address": "ana@corp.example"}, {"address": "bo@corp.example"}],
                "severity": 0.6,
                "time": "2026-03-02T14:00:00+00:00",
            },
        ),
        (
            "disclosures.toml",
            {
                "kind": "disclosure",
                "direction": "inbound",
                "people": [{"address": "ana@corp.example"}],
                "depth": 0.625,
                "facet": "disclosure",
                "initiative": "erp",
                "time": "2026-03-01T23:00:00+00:00",
            },
        ),
    ],
)
def test_the_examples_of_the_docs_do_what_they_say(tmp_path: Path, name: str, expected: dict[str, Any]) -> None:
    [found] = of_example(tmp_path, name)

    assert data_of(found) == expected


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("*.toml")} == {
        "pulses.toml",
        "commitments.toml",
        "setbacks.toml",
        "disclosures.toml",
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "R-1;02.03.2026 09:30;ana@corp.example;7",
            "line 2: column 'How aligned are you?': '7' — must lie on its scale, 1 to 5",
        ),
        (
            "R-1;02.03.2026 09:30;ana@corp.example;good",
            "line 2: column 'How aligned are you?': 'good' — must be a number",
        ),
        ("R-1;02.03.2026 09:30;ana@corp.example;", "line 2: column 'How aligned are you?': '' — rating is required"),
        (
            "R-1;2026-03-02;ana@corp.example;4",
            "line 2: column 'Submitted': '2026-03-02' — must be a moment as in %d.%m.%Y %H:%M",
        ),
        (
            "R-1;02.03.2026 09:30;Ana;4",
            "line 2: column 'Email': 'Ana' — people.0.address must be an e-mail address, or another address such as tel:+4930123456",
        ),
        ("R-1;02.03.2026 09:30;;4", "line 2: column 'Email': '' — people is required"),
        (
            ";02.03.2026 09:30;ana@corp.example;4",
            "line 2: column 'Response ID': '' — must not be empty: the row is known by it",
        ),
        ("R-1;02.03.2026 09:30;ana@corp.example", "line 2: row: 3 cells — must have 4, as the header has"),
        (
            "R-1;02.03.2026 09:30;ana@corp.example;nan",
            "line 2: column 'How aligned are you?': 'nan' — must lie on its scale, 1 to 5",
        ),
    ],
)
def test_a_row_says_what_is_wrong_with_it(tmp_path: Path, line: str, reason: str) -> None:
    [found] = survey(tmp_path, line)

    assert isinstance(found, Rejected)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("time = ", "is not valid TOML"),
        ('[touchpoint]\nkind = "pulse"', "time: missing — is required"),
        (
            '[time]\ncolumn = "a"\nzone = "Mars"\n[touchpoint]',
            "time.zone: 'Mars' — must be a time zone such as Europe/Berlin",
        ),
        ('[time]\ncolumn = "a"\n[touchpoint]\nmood = 3', "`mood` is no field; known are kind"),
        ('[time]\ncolumn = "a"\n[touchpoint]\nkind = {}', "must have a column or a value, and not both"),
        ('[time]\ncolumn = "a"\n[touchpoint]\nby = { column = "b", scale = [1, 2] }', "`by` has no scale"),
        ('[time]\ncolumn = "a"\n[touchpoint]\nby = { colum = "b" }', "is not a known field"),
        ('[time]\ncolumn = "a"\n[touchpoint]\nrating = { column = "b", scale = [1, 1] }', "scale must have two ends"),
    ],
)
def test_a_mapping_says_what_is_wrong_with_it(mapping: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        mapping_of(mapping, "m.toml")

    assert str(refused.value).startswith("m.toml: ")
    assert reason in str(refused.value)


def test_a_column_that_is_missing_is_told_before_any_row(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="column 'Submitted' is missing; the first line is 'Response ID,Email'"):
        rows(tmp_path, SURVEY, "Response ID,Email")


def test_a_word_that_has_no_translation_is_refused_or_has_a_default(tmp_path: Path) -> None:
    mapping = '[time]\ncolumn = "t"\n[touchpoint]\nkind = "message"\npeople = {{ column = "p" }}\ndirection = {{ column = "d", values = {{ In = "inbound" }}{} }}'
    lines = ("t,p,d", "2026-03-02T00:00:00Z,ana@corp.example,in", "2026-03-02T00:00:00Z,ana@corp.example,sideways")

    refused = rows(tmp_path, mapping.format(""), *lines)
    lenient = rows(tmp_path, mapping.format(', default = "mutual"'), *lines)

    assert data_of(refused[0])["direction"] == "inbound"
    assert isinstance(refused[1], Rejected)
    assert refused[1].reason == "line 3: column 'd': 'sideways' — must be one of In"
    assert data_of(lenient[1])["direction"] == "mutual"


def test_a_row_is_known_by_its_id_columns_and_else_by_all_it_holds(tmp_path: Path) -> None:
    same = survey(tmp_path, "R-1;02.03.2026 09:30;ana@corp.example;4", "R-1;02.03.2026 09:30;ana@corp.example;5")
    whole = SURVEY.replace('[id]\ncolumns = ["Response ID"]', "")
    header = "Response ID;Submitted;Email;How aligned are you?"
    other = rows(
        tmp_path, whole, header, "R-1;02.03.2026 09:30;ana@corp.example;4", "R-1;02.03.2026 09:30;ana@corp.example;5"
    )

    assert len({found["id"] for found in same if isinstance(found, dict)}) == 1
    assert len({found["id"] for found in other if isinstance(found, dict)}) == 2


def test_rows_that_name_no_initiative_are_of_the_one_that_was_asked_for(tmp_path: Path) -> None:
    lines = ("When,Who,What,How bad", "2026-03-02 14:00,ana@corp.example,x,slight")
    [found] = rows(tmp_path, (EXAMPLES / "setbacks.toml").read_text(), *lines, initiative="erp")

    assert data_of(found)["initiative"] == "erp"


def test_a_row_that_is_known_by_its_columns_is_another_one_in_another_initiative(tmp_path: Path) -> None:
    row = ("Response ID;Submitted;Email;How aligned are you?", "R-17;02.03.2026 09:30;ana@corp.example;4")
    found = [rows(tmp_path, SURVEY, *row, initiative=initiative)[0] for initiative in ("erp", "crm", "erp")]

    one, other, again = (each["id"] for each in found if isinstance(each, dict))
    assert one == again != other


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines_are_rows_too(tmp_path: Path, name: str) -> None:
    good = {
        "Response ID": 17,
        "Submitted": "02.03.2026 09:30",
        "Email": ["ana@corp.example", "bo@corp.example"],
        "How aligned are you?": 4,
    }
    content = b"\n".join([orjson.dumps(good), b"{oops", b"[]", b'{"Response ID": "x"}'])
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    found = list(mapped.items(path, mapping_of(SURVEY, "m.toml")))

    assert data_of(found[0])["rating"] == 0.5
    assert len(data_of(found[0])["people"]) == 2
    assert [each.reason.partition(" — ")[0] for each in found[1:] if isinstance(each, Rejected)] == [
        "line 2: row: '{oops'",
        "line 3: row: []",
        "line 4: column 'Submitted': ''",
    ]


def test_another_encoding_is_read_and_a_broken_one_refused(tmp_path: Path) -> None:
    mapping = '[file]\nencoding = "{}"\n[time]\ncolumn = "t"\n[touchpoint]\nkind = "message"\ndirection = "inbound"\npeople = {{ column = "Wer für" }}'
    path = tmp_path / "a.csv"
    path.write_bytes("t,Wer für\n2026-03-02T00:00:00Z,ana@corp.example\n".encode("cp1252"))

    assert len([data_of(each) for each in mapped.items(path, mapping_of(mapping.format("cp1252"), "m"))]) == 1
    with pytest.raises(Refused, match="column 'Wer für' is missing"):
        list(mapped.items(path, mapping_of(mapping.format("utf-8"), "m")))
    with pytest.raises(Refused, match="is no encoding"):
        list(mapped.items(path, mapping_of(mapping.format("utf-9"), "m")))


def test_the_command_takes_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("When,Who,What,How bad\n2026-03-02 14:00,ana@corp.example,x,slight\n")
    words = [str(path), "--mapping", str(EXAMPLES / "setbacks.toml")]

    answer = CliRunner().invoke(csv_, [*words, "--dry-run", "--json"])
    wrong = CliRunner().invoke(csv_, [*words, "--shift-to-now"])

    assert answer.exit_code == 0
    assert orjson.loads(answer.stdout)["data"]["severity"] == 0.2
    assert wrong.exit_code == 2


CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.text(), max_size=2)
    | st.just({"a": 1})
)


@given(st.dictionaries(st.sampled_from(["Response ID", "Submitted", "Email", "How aligned are you?"]), CELLS))
def test_whatever_a_row_holds_it_is_an_item(row: dict[str, Any]) -> None:
    assert isinstance(item(mapping_of(SURVEY, "m"), Place(1, row)), dict | Rejected)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv.gz"])
def test_what_has_no_line_end_does_not_fill_the_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    header = b"Response ID;Submitted;Email;How aligned are you?\n"
    path.write_bytes(gzip.compress(header + b"x" * 40_000_000, 1))

    tracemalloc.start()
    found = list(mapped.items(path, mapping_of(SURVEY, "m.toml")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found
    assert all(isinstance(each, Rejected) for each in found)
    assert peak < 20_000_000


def test_events_after_one_without_end_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"id": 1}\n\n' + b"x" * 1_000_000 + b'\n{"id": 2}')

    (_, first), (third, long), (fourth, last) = jsonl.read(path)

    assert (first, last) == (b'{"id": 1}', b'{"id": 2}')
    assert (third, fourth) == (3, 4)
    assert isinstance(long, Rejected)
    assert "an event may hold 262144 bytes at most" in long.reason
