"""How a request may end before its page: each an exception that says what the visitor should do."""

from http import HTTPStatus

from shared.errors import AttuneError


class Answer(AttuneError):  # noqa: N818 -- it carries a response, it is not a bug
    """Ends a request with a status and a sentence."""

    status = HTTPStatus.BAD_REQUEST


class SignInNeeded(Answer):
    """Nobody has signed in, or their session has run out."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(Answer):
    """They may not do this."""

    status = HTTPStatus.FORBIDDEN


class Missing(Answer):
    """There is no such thing, or it is not theirs to see."""

    status = HTTPStatus.NOT_FOUND


class Conflict(Answer):
    """Somebody else was faster; the message says what stands now."""

    status = HTTPStatus.CONFLICT


class TooMany(Answer):
    """Too many attempts: come back later."""

    status = HTTPStatus.TOO_MANY_REQUESTS
