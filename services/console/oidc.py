"""Signing in by OpenID Connect: the authorization code flow with PKCE, by authlib and joserfc."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.errors import Refused, Unavailable

SCOPE = "openid profile email"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures by a key of the provider alone: never one that the client could make, and never none."""
WITHIN_SECONDS = 10.0
KEYS_FOR = timedelta(hours=1)
LEEWAY_SECONDS = 60


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
            about["authorization_endpoint"],
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
            about["token_endpoint"],
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": attempt.verifier,
            },
            auth=(self.client_id, self.client_secret),
        )
        return self._vouched(answer.get("id_token", ""), keys, attempt, now)

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
        except (JoseError, ValueError) as error:
            raise Refused(f"the provider's answer does not hold: {error}") from None
        email = claims.get("email") if claims.get("email_verified", False) is True else None
        name = claims.get("name") or email or claims["sub"]
        return Person(f"{self.issuer} {claims['sub']}", email, str(name))

    async def _about(self, now: datetime) -> tuple[dict[str, Any], KeySet]:
        if self._known is None or now - self._known[0] > KEYS_FOR:
            about = await self._ask("GET", f"{self.issuer}/.well-known/openid-configuration")
            if str(about.get("issuer", "")).rstrip("/") != self.issuer:
                raise Refused(f"{self.issuer} says that it is {about.get('issuer')!r}: set ATTUNE_OIDC_ISSUER to that")
            keys = KeySet.import_key_set(await self._ask("GET", about["jwks_uri"]))  # type: ignore[arg-type]
            self._known = (now, about, keys)
        return self._known[1], self._known[2]

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=WITHIN_SECONDS) as client:
                response = await client.request(method, url, headers={"accept": "application/json"}, **more)
        except httpx.HTTPError as error:
            raise Unavailable(f"the OpenID provider does not answer: {error!r}") from None
        if response.is_server_error:
            raise Unavailable(f"the OpenID provider answers {response.status_code}")
        if not response.is_success:
            raise Refused(f"the OpenID provider refused: {response.status_code}")
        found: dict[str, Any] = response.json()
        return found
