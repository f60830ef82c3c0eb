"""Signing in by OpenID Connect: the authorization code flow with PKCE, by authlib and joserfc."""

import asyncio
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from shared.errors import Refused, Unavailable

SCOPE = "openid profile email"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures by a key of the provider alone: never one that the client could make, and never none."""
WITHIN_SECONDS = 5.0
"""For each question to the provider, from connecting to the last byte of its answer."""
KEYS_FOR = timedelta(hours=1)
KEYS_AGAIN_AFTER = timedelta(seconds=10)
"""A token by a key that is not known lets the keys be asked for again, but not more often than this."""
LEEWAY_SECONDS = 60
NOT_ITS_KEY = (InvalidKeyIdError, BadSignatureError)
"""What a token raises that none of the known keys has signed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What must come back from the provider: kept in the visitor's browser meanwhile."""

    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    verifier: str = field(default_factory=lambda: generate_token(64))


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for."""

    identity: str
    """Issuer and subject: what never changes."""
    email: str | None
    """Where the provider has verified it."""
    name: str


class Provider:
    """One OpenID provider, found by its issuer."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self.issuer = issuer.rstrip("/")
        self.client_id = client_id
        self.client_secret = client_secret
        self.redirect_uri = redirect_uri
        self._known: tuple[datetime, dict[str, Any], KeySet] | None = None

    async def address(self, attempt: Attempt, now: datetime) -> str:
        """Return where the visitor goes to sign in."""
        about, _ = await self._about(now)
        challenge = create_s256_code_challenge(attempt.verifier)
        uri: str = prepare_grant_uri(
            _named(about, "authorization_endpoint"),
            client_id=self.client_id,
            response_type="code",
            redirect_uri=self.redirect_uri,
            scope=SCOPE,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=challenge,
            code_challenge_method="S256",
        )
        return uri

    async def person(self, code: str, attempt: Attempt, now: datetime) -> Person:
        """Return whom the code stands for; raise Refused when the provider's answer does not hold."""
        about, keys = await self._about(now)
        answer = await self._ask(
            "POST",
            _named(about, "token_endpoint"),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": attempt.verifier,
            },
            auth=(self.client_id, self.client_secret),
        )
        token = _named(answer, "id_token")
        try:
            return self._vouched(token, keys, attempt, now)
        except NOT_ITS_KEY:
            # Providers change their keys when they like.
            _, keys = await self._about(now, KEYS_AGAIN_AFTER)
        try:
            return self._vouched(token, keys, attempt, now)
        except NOT_ITS_KEY:
            raise Refused("the provider's answer does not hold: its key is not among the provider's") from None

    def _vouched(self, id_token: str, keys: KeySet, attempt: Attempt, now: datetime) -> Person:
        rules = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "values": [self.issuer, f"{self.issuer}/"]},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": attempt.nonce},
        )
        try:
            claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
            rules.validate(claims)
        except NOT_ITS_KEY:
            raise
        except (JoseError, ValueError) as error:
            raise Refused(f"the provider's answer does not hold: {error}") from None
        email = claims.get("email") if claims.get("email_verified", False) is True else None
        name = claims.get("name") or email or claims["sub"]
        person = Person(f"{self.issuer} {claims['sub']}", email if isinstance(email, str) else None, str(name))
        if not f"{person.identity}{person.email}".isprintable():
            raise Refused("the provider's answer does not hold: subject and address must be printable")
        return person

    async def _about(self, now: datetime, at_most: timedelta = KEYS_FOR) -> tuple[dict[str, Any], KeySet]:
        """Return what the provider says of itself, and its keys; asked again when it is older than `at_most`."""
        if self._known is None or now - self._known[0] > at_most:
            about = await self._ask("GET", f"{self.issuer}/.well-known/openid-configuration")
            if str(about.get("issuer", "")).rstrip("/") != self.issuer:
                raise Refused(f"{self.issuer} says that it is {about.get('issuer')!r}: set ATTUNE_OIDC_ISSUER to that")
            keys = _keys(await self._ask("GET", _named(about, "jwks_uri")))
            self._known = (now, about, keys)
        return self._known[1], self._known[2]

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            async with (
                asyncio.timeout(WITHIN_SECONDS),
                httpx.AsyncClient(timeout=WITHIN_SECONDS, verify=_trust()) as client,
            ):
                response = await client.request(method, url, headers={"accept": "application/json"}, **more)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unavailable(f"the OpenID provider does not answer: {error!r}") from None
        if response.is_server_error:
            raise Unavailable(f"the OpenID provider answers {response.status_code}")
        if not response.is_success:
            raise Refused(f"the OpenID provider refused: {response.status_code}")
        return _read(response)


@cache
def _trust() -> ssl.SSLContext:
    """Return whose certificates hold; finding out takes a while, in which no page would be served."""
    return httpx.create_ssl_context()


def _read(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(f"the OpenID provider's answer at {response.url.path} is no JSON object")
    return found


def _named(answer: Mapping[str, Any], name: str) -> str:
    """Return what the provider's answer says under a name, which must be text."""
    if not isinstance(answer.get(name), str):
        raise Refused(f"the OpenID provider's answer lacks {name}")
    return str(answer[name])


def _keys(answer: dict[str, Any]) -> KeySet:
    try:
        return KeySet.import_key_set(answer)  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError):
        raise Refused("the OpenID provider's answer at jwks_uri holds no keys") from None
