"""Handles: what the log knows people by.

A key that was rotated is a chain of keys, `OLD~>NEW`: a handle is hashed with each in turn, so that a log can be
re-keyed without an address (docs/privacy.md).
"""

import hmac
import re
from functools import lru_cache

STEP = b"~>"
HANDLE_BYTES, CONTENT_BYTES = 16, 8
_HANDLE = re.compile(r"[0-9a-f]{32}")


def handle_of(key: bytes, address: str) -> str:
    """Return the keyed 128-bit hash of a normalised address, in hex; without the key nobody can guess it."""
    first, *later = keys_of(key)
    return _onwards(later, hmac.digest(first, address.encode(), "sha256")[:HANDLE_BYTES]).hex()


def is_handle(text: str) -> bool:
    """Tell a handle from an address or a domain."""
    return _HANDLE.fullmatch(text) is not None


@lru_cache(maxsize=16)
def keys_of(key: bytes) -> tuple[bytes, ...]:
    """Return the single keys, the oldest first."""
    return tuple(key.split(STEP))


def key_id(key: bytes) -> str:
    """Return what tells one key from another and gives nothing of it away."""
    return hmac.digest(key, b"which key of attune's is this", "sha256")[:8].hex()


def earlier_keys(key: bytes) -> dict[str, tuple[bytes, ...]]:
    """Return, by its id, each key that this chain grew from, itself too, with the keys that have come since."""
    keys = keys_of(key)
    return {key_id(STEP.join(keys[:n])): keys[n:] for n in range(1, len(keys) + 1)}


def rekeyed(later: tuple[bytes, ...], handle: str) -> str:
    """Return the handle under a chain that has grown by these keys."""
    return _onwards(later, bytes.fromhex(handle)).hex()


def content_rekeyed(later: tuple[bytes, ...], content: int) -> int:
    """Return the digest of an event's facts likewise, because guesses could be held against it."""
    digest = content.to_bytes(CONTENT_BYTES, "big", signed=True)
    return int.from_bytes(_onwards(later, digest, CONTENT_BYTES), "big", signed=True)


def _onwards(keys: tuple[bytes, ...] | list[bytes], digest: bytes, length: int = HANDLE_BYTES) -> bytes:
    for key in keys:
        digest = hmac.digest(key, digest, "sha256")[:length]
    return digest
