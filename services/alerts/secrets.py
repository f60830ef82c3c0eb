"""What a webhook's secret must be, and what one that is none looks like, without saying it. Pure."""

import base64
import string

PREFIX = "whsec_"
RULE = "must be whsec_ and base64 (of 24 to 64 bytes by choice), as Standard Webhooks says"
_ALPHABET = frozenset(string.ascii_letters + string.digits + "+/=")


def can_sign(secret: str) -> bool:
    """Say whether the public library can sign with it."""
    try:
        return bool(base64.b64decode(secret.removeprefix(PREFIX), validate=True))
    except ValueError:
        return False


def shape(secret: str) -> str:
    """Return what is wrong with a secret that cannot sign; nothing of it but its length."""
    key = secret.removeprefix(PREFIX)
    begins = "begins with" if secret.startswith(PREFIX) else "lacks"
    if not key:
        return f"{begins} whsec_, and nothing follows" if secret else "is empty"
    if odd := len([character for character in key if character not in _ALPHABET]):
        return f"{begins} whsec_, and {odd} of its other {len(key)} characters are none of base64"
    return f"{begins} whsec_, and its other {len(key)} characters end where base64 does not"
