"""One spelling for each address, so that one person is not split in four."""

import re
from functools import lru_cache

_MAIL = re.compile(r"[^\s@<>,;\x00-\x1f]+@[^\s@<>,;\x00-\x1f]+")
_PHONE = re.compile(r"tel:[-+ 0-9().]*[0-9][-+ 0-9().]*")
_URI = re.compile(r"[a-z][a-z0-9+.-]{1,20}:[^\s\x00-\x1f]+")


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
    if _PHONE.fullmatch(text):
        return "tel:" + re.sub(r"[^0-9+]", "", text.removeprefix("tel:"))
    if _URI.fullmatch(text) and not text.startswith("tel:"):
        return text
    raise ValueError("must be an e-mail address, or another address such as tel:+4930123456")


def _ascii_domain(domain: str) -> str:
    try:
        return domain.rstrip(".").encode("idna").decode()
    except UnicodeError as error:
        raise ValueError(f"has a domain that is not valid: {error}") from error
