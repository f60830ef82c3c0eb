"""Errors, sorted by what the caller should do about them.

AttuneError
├── Refused       tell the sender; trying again with the same input never helps
└── Unavailable   something we depend on cannot be reached; try again later

Anything else is a bug and crashes.
"""

WRONG_USAGE = 2
"""With which a program leaves that a setting or a word keeps from starting."""


class AttuneError(Exception):
    """An error whose message tells a person what to do next."""


class Refused(AttuneError):  # noqa: N818 -- the word of our domain
    """The input breaks a rule; the message names the field, the value and the rule."""


class Unavailable(AttuneError):  # noqa: N818 -- the word of our domain
    """A service we depend on cannot be reached right now."""
