import pytest

from shared.events.address import normal_address


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (" Ana@Corp.Example ", "ana@corp.example"),
        ("mailto:ana@corp.example", "ana@corp.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@corp.example.", "ana@corp.example"),
        ("tel:+49 (30) 123-456", "tel:+4930123456"),
        ("id:Person%2012", "id:person%2012"),
    ],
)
def test_one_address_has_one_spelling(written: str, normal: str) -> None:
    assert normal_address(written) == normal


@pytest.mark.parametrize("text", ["", "ana", "ana@", "@corp.example", "a b@corp.example", "tel:", "tel:abc", "x:\n"])
def test_what_is_no_address_is_refused_by_its_rule(text: str) -> None:
    with pytest.raises(ValueError, match="must be an e-mail address"):
        normal_address(text)
