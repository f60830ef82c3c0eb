import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.address import Spelling, addresses_in, addresses_within, normal_address


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Ana@Corp.Example ", "ana@corp.example"),
        ("mailto:ana@corp.example", "ana@corp.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@faß.example", "ana@xn--fa-hia.example"),  # IDNA 2008: another domain than fass.example
        ("ana@corp.example.", "ana@corp.example"),
        ("ana@[IPv6:2001:db8::1]", "ana@[ipv6:2001:db8::1]"),
        ("ana@intranet", "ana@intranet"),
        ("mailto:ana@corp.example?subject=Tuesday", "ana@corp.example"),
        ("Jose\u0301@corp.example", "jos\u00e9@corp.example"),
        ("tel:+49 (30) 123-456", "tel:+4930123456"),
        ("id:Person%2012", "id:person%2012"),
        ('"Ana.Kovac"@corp.example', "ana.kovac@corp.example"),  # RFC 5321, 4.1.2: quotes that need not be
        ("o'hara+x@corp.example", "o'hara+x@corp.example"),
    ],
)
def test_one_address_has_one_spelling(written: str, normal: str) -> None:
    assert normal_address(written) == normal


@pytest.mark.parametrize(
    "address",
    ["robb@develop", "timbo@jeeves.wooster.local", "boss@nil.test", "ana@localhost", "ana..k.@docomo.example",
     "ana@my_house.example", "ana@[192.0.2.1]", "ana@xn--bcher-kva.example", f"imceaex-_o=x+20y_cn={'a' * 80}@corp.example"],
)  # fmt: skip
def test_what_real_people_had_for_an_address_is_one(address: str) -> None:
    assert normal_address(address) == address


@pytest.mark.parametrize("text", ["", "ana", "ana@", "@corp.example", "a b@corp.example", "tel:", "tel:abc", "x:\n"])
def test_what_is_no_address_is_refused_by_its_rule(text: str) -> None:
    with pytest.raises(ValueError, match="must be an e-mail address"):
        normal_address(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [("ana\u200b@corp.example", "ZERO WIDTH SPACE"), ("\ufeffana@corp.example", "ZERO WIDTH NO-BREAK SPACE"),
     ("ana\x7f@corp.example", "invalid characters"), ("ana (x)@corp.example", "invalid characters"), ("ana..", "must be")],
)  # fmt: skip
def test_what_nobody_sees_makes_nobody_else(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        normal_address(text)


@pytest.mark.parametrize("domain", ['x.example"', "x.example]", "a..example", "x" * 64 + ".example", "-ü.example"])
def test_a_domain_that_cannot_be_is_refused(domain: str) -> None:
    with pytest.raises(ValueError, match="has a domain that is not valid"):
        normal_address(f"ana@{domain}")


def test_tags_and_aliases_lead_to_one_address() -> None:
    spelling = Spelling(
        without_tags=True, aliases={"old.example": "corp.example", "a@corp.example": "ana@corp.example"}
    )

    spellings = ["ana@corp.example", "ana+news@old.example", "a@old.example", "a+x@corp.example"]

    assert {spelling.canonical(address) for address in spellings} == {"ana@corp.example"}


def test_nothing_is_an_alias_unless_somebody_says_so() -> None:
    assert Spelling().canonical("ana+news@corp.example") == "ana+news@corp.example"
    assert Spelling(without_tags=True).canonical("tel:+4930") == "tel:+4930"
    assert Spelling(without_tags=True).canonical("+x@corp.example") == "+x@corp.example"


@pytest.mark.parametrize("address", ["info@corp.example", "sales+eu@corp.example", "team@corp.example"])
def test_a_role_is_no_person(address: str) -> None:
    assert Spelling().is_role(address)
    assert not Spelling(people=frozenset({address})).is_role(address)


@pytest.mark.parametrize("address", ["ana@corp.example", "informer@corp.example", "tel:+4930", "id:info"])
def test_a_person_is_no_role(address: str) -> None:
    assert not Spelling().is_role(address)


@pytest.mark.parametrize(
    "text",
    [
        "ana@corp.example",
        "ask Ana@Corp.example for budget",
        "deal-ana@corp.example-7",
        "ana@corp.example.2026-Q1",
        "ref_42_ana@corp.example!",
        "7.ana@corp.example_b",
        "<mailto:ana@corp.example?subject=x>",
        '{"to": "\\"ana\\"@corp.example"}',
    ],
)
def test_an_address_is_found_within_other_words(text: str) -> None:
    assert "ana@corp.example" in set(addresses_within(text))


def test_an_address_of_several_words_is_found_within_others() -> None:
    assert "ana-lena.maria@corp-x.example" in set(addresses_within("v2-ana-lena.maria@corp-x.example-final"))
    assert not list(addresses_within("about nothing @ all, and a@"))


def test_a_long_text_full_of_signs_takes_no_long_time() -> None:
    assert len(list(addresses_within(f"{'a-' * 400}@{'b-' * 90}c " * 20))) < 20 * 200


@given(
    local=st.from_regex(r"[a-z0-9]([a-z0-9._+'=-]{0,20}[a-z0-9])?", fullmatch=True),
    domain=st.sampled_from(["corp.example", "bücher.example", "intranet", "[192.0.2.1]", "a_b.example"]),
)
def test_what_is_an_address_is_found_in_a_text(local: str, domain: str) -> None:
    address = normal_address(f"{local}@{domain}")

    assert address in set(addresses_in(f"{local}@{domain}"))
    assert normal_address(address) == address
