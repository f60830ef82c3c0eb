from services.roster.likeness import Person, alike


def person(number: int, name: str, *addresses: str, organisation: str | None = None) -> Person:
    return Person(number, f"s{number}", name, organisation, addresses)


def test_a_name_tells_in_any_order_and_accent() -> None:
    [pair] = alike([person(1, "Helène Brandt", "h@a.example"), person(2, "Brandt, Helene", "x@b.example")])

    assert pair.evidence == ("same name: brandt helene",)


def test_an_address_may_spell_a_name() -> None:
    [pair] = alike([person(1, "Helen Brandt", "id:7"), person(2, "h", "helen.brandt@home.example")])

    assert pair.evidence == ("same name: brandt helen",)


def test_a_local_part_tells_across_domains_and_an_organisation_adds_to_it() -> None:
    one, other = (
        person(1, "a", "hbr@a.example", organisation="North"),
        person(2, "b", "hbr@b.example", organisation="North"),
    )

    [pair] = alike([one, other])

    assert pair.evidence == ("same local part: hbr", "same organisation: North")


def test_one_word_or_an_organisation_tells_nothing() -> None:
    people = [person(n, "Ana", f"a{n}@x.example", organisation="North") for n in range(3)]

    assert alike([*people, person(8, "Jo", "jo@a.example"), person(9, "Jo", "jo@b.example")]) == []


def test_what_everybody_shares_tells_nothing() -> None:
    assert alike([person(n, "Ana Lima", f"a{n}@x.example") for n in range(40)]) == []
