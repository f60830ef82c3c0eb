"""One spelling for each address, so that one person is not split in four."""

import re
from functools import lru_cache

_MAIL = re.compile(r"[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+")
_URI = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]{1,20}):(?P<rest>[^\s\x00-\x1f]+)")


@lru_cache(maxsize=100_000)
def normal_address(address: str) -> str:
    """Return the one spelling of an e-mail address or of another `scheme:value` address.

    Case folds, `mailto:` goes, domains become ASCII (IDNA), phone numbers lose their punctuation.
    Raises ValueError naming the rule when it is neither.
    """
    text = address.strip().lower().removeprefix("mailto:")
    if _MAIL.fullmatch(text):
        local, _, domain = text.rpartition("@")
        return f"{local}@{_ascii_domain(domain)}"
    if uri := _URI.fullmatch(text):
        return _normal_uri(uri["scheme"], uri["rest"])
    raise ValueError("must be an e-mail address, or another address such as tel:+4930123456")


def _ascii_domain(domain: str) -> str:
    try:
        return domain.rstrip(".").encode("idna").decode()
    except UnicodeError as error:
        raise ValueError(f"has a domain that is not valid: {error}") from error


def _normal_uri(scheme: str, rest: str) -> str:
    if scheme == "tel":
        rest = re.sub(r"[^0-9+]", "", rest)
    return f"{scheme}:{rest}"
