"""Passwords, and what forms carry to prove that they are ours."""

import hashlib
import hmac
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.errors import Refused

PASSWORD_MIN = 12
PASSWORD_MAX = 1000
HASHER = PasswordHasher()
"""Argon2id with the library's parameters (RFC 9106, second recommendation)."""
NOBODY = HASHER.hash(secrets.token_urlsafe(16))
"""Verified where there is no such user, so that an answer takes as long as any other."""


def csrf_of(session: str) -> str:
    """Return what forms of a session carry: it follows from the session and does not give it away."""
    return hmac.new(session.encode(), b"attune csrf", hashlib.sha256).hexdigest()


def is_csrf(given: str, wanted: str) -> bool:
    """Compare in constant time, whatever was given."""
    return hmac.compare_digest(given.encode(errors="replace"), wanted.encode())


def hashed(password: str) -> str:
    """Return what is stored of a password; raise Refused when it is too easy to guess."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Refused(f"password: must be {PASSWORD_MIN} to {PASSWORD_MAX} characters long; several words do well")
    return HASHER.hash(password)


def is_password(given: str, stored: str | None) -> bool:
    """Tell whether this is the password; takes as long when there is none to compare with."""
    try:
        HASHER.verify(stored or NOBODY, given)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None
