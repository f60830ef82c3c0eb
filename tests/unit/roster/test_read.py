import pytest

from services.roster.read import overrides_of, read, written
from shared.errors import Refused
from shared.events.address import Spelling
from shared.roster import Entry

HEADER = "initiative,name,addresses,role,importance,cadence_days,desired_band,stakeholder"


def roster(*rows: str, header: str = HEADER) -> list[Entry]:
    return read([f"{line}\n" for line in (header, *rows)])


def test_a_row_is_one_person_within_one_initiative() -> None:
    [entry] = roster("change,Ana,ana@corp.example,sponsor,2,14,Aligned,ana")

    assert entry == Entry(
        "change",
        ("ana@corp.example",),
        stakeholder="ana",
        name="Ana",
        role="sponsor",
        importance=2.0,
        cadence_days=14.0,
        desired_band="aligned",
    )


def test_an_empty_cell_says_nothing() -> None:
    [entry] = roster("change,,ana@corp.example,,,,,")

    assert entry == Entry("change", ("ana@corp.example",))


def test_addresses_are_separated_by_semicolon_or_space_and_normalised() -> None:
    [entry] = roster("change,Ana,mailto:Ana@Corp.example;id:A1  ana@corp.example,,,,,")

    assert entry.addresses == ("ana@corp.example", "id:a1")


def test_all_that_is_wrong_is_said_at_once_by_line() -> None:
    with pytest.raises(Refused) as refused:
        roster(
            "change,Ana,nobody,,,,,",
            "change,Bo,bo@corp.example,,-1,,,",
            "change,Cy,cy@corp.example,,,,great,",
            ",Di,,,,,,",
            "change,Ed,ed@corp.example",
            "change,Fi,fi@corp.example,,,,,",
        )

    said = str(refused.value)
    for sentence in (
        "line 2: addresses: 'nobody' — must be an e-mail address",
        "line 3: importance: '-1' — must be a number above 0",
        "line 4: desired_band: 'great' — must be one of aligned, cooling, misaligned",
        "line 5: initiative: missing — is required",
        "line 5: addresses: missing — is required",
        "line 6: row: 3 cells — must have 8",
    ):
        assert sentence in said
    assert "line 7" not in said


def test_one_relationship_stands_on_one_line() -> None:
    with pytest.raises(Refused, match=r"line 3: 'ana@corp.example' is on the roster of change by line 2"):
        roster("change,Ana,ana@corp.example,,,,,", "change,Ana,ana@corp.example,,,,,")


def test_one_address_is_one_person() -> None:
    with pytest.raises(Refused, match=r"line 3: addresses: 'it@corp.example' — is ana's by line 2"):
        roster("change,Ana,it@corp.example,,,,,ana", "change,Bo,it@corp.example,,,,,bo")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("initiative,name", "addresses is missing"),
        ("initiative,addresses,adress", "'adress' is not a column"),
        ("initiative,addresses,name,name", "name stands twice"),
    ],
)
def test_a_column_nobody_reads_is_refused(header: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        roster(header=header)


def test_a_role_is_refused_by_line() -> None:
    with pytest.raises(Refused, match=r"line 2: addresses: 'info@corp.example' — is a role's"):
        roster("change,Info,info@corp.example,,,,,")


def test_a_tagged_address_is_the_one_without_where_the_settings_say_so() -> None:
    lines = [f"{HEADER}\n", "change,Ana,Ana+x@corp.example;ana@corp.example,,,,,\n"]

    [entry] = read(lines, Spelling(without_tags=True))

    assert entry.addresses == ("ana@corp.example",)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("", None),
        ("none", {}),
        ("fading=55;warning_days=3", {"fading": 55.0, "warning_days": 3.0}),
        ("fading=55", {"fading": 55.0}),
    ],
)
def test_overrides_are_lines_of_the_model_by_name(cell: str, meant: dict[str, float] | None) -> None:
    [entry] = roster(f"change,ana@corp.example,{cell}", header="initiative,addresses,overrides")

    assert entry.overrides == meant
    assert meant is None or overrides_of(written(meant)) == (meant or None)


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [
        ("fadng=55", "fadng"),
        ("fading=high", "name=number"),
        ("fading=155", "fading"),
        ("contact=30", "half-lives are the same for everybody"),
    ],
)
def test_an_override_that_is_no_line_is_refused_by_name(cell: str, wrong: str) -> None:
    with pytest.raises(Refused, match=f"line 2: overrides: .*{wrong}"):
        roster(f"change,ana@corp.example,{cell}", header="initiative,addresses,overrides")
