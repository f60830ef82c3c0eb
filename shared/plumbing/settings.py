"""What can be set, from `ATTUNE_*`, files they name, and a TOML file; servers left unset are the embedded ones."""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from shared.errors import Refused, Unavailable
from shared.events.address import ROLES, Spelling
from shared.plumbing.embedded.runtime import Runtime

UNSET = SecretStr("")
PORT_MAX = 65535


def split(value: object) -> object:
    """Read `a.example, b.example`, the only way the environment can write a list."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        return words
    return tuple(word for item in words if (word := str(item).strip().lower()))


def listening(address: str) -> str:
    """Refuse what is no `host:port`."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > PORT_MAX:
        raise ValueError("must be host:port, such as 127.0.0.1:8471")
    return address


def equal(pairs: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what does not say of two addresses, or of two domains, that one stands for the other."""
    for pair in pairs:
        one, _, other = pair.partition("=")
        if not one.strip() or not other.strip() or ("@" in one) != ("@" in other):
            raise ValueError("must be pairs such as old.example=corp.example, or of whole addresses")
    return pairs


def one_user(url: SecretStr) -> SecretStr:
    """Refuse a list of whole addresses: the servers of a cluster share one user."""
    if url.get_secret_value().count("://") > 1:
        raise ValueError("must name the servers of a cluster as nats://user:password@one:4222,two:4222,three:4222")
    return url


def networks(named: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no address and no network."""
    for name in named:
        try:
            ip_network(name)
        except ValueError:
            raise ValueError("must be addresses or networks such as 10.0.0.7 or 10.0.0.0/24") from None
    return named


Address = Annotated[str, AfterValidator(listening)]
Servers = Annotated[SecretStr, AfterValidator(one_user)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
Networks = Annotated[Words, AfterValidator(networks)]
Aliases = Annotated[Words, AfterValidator(equal)]


class Settings(BaseSettings):
    """Every setting with its default; an empty secret means unset."""

    model_config = SettingsConfigDict(env_prefix="ATTUNE_", extra="forbid", frozen=True)

    directory: Path = Path(".attune")
    database_url: SecretStr = UNSET
    nats_url: Servers = UNSET
    nats_sync_interval: str = "always"
    # How many servers of a NATS cluster keep each message; one server can keep one copy only.
    stream_replicas: Annotated[int, Field(ge=1, le=5)] = 1

    handle_key: SecretStr = UNSET
    own_domains: Words = ()
    own_addresses: Words = ()
    keep_notes: bool = False
    # How old a touchpoint may become; `attune privacy expire` removes what is older.
    retention_days: Annotated[int, Field(ge=90)] | None = None

    # What our addresses have to do with one another: shared/events/address.py.
    without_plus_tags: bool = False
    aliases: Aliases = ()
    role_names: Words = ()
    person_addresses: Words = ()
    blocked: Words = ()
    allowed: Words = ()

    # One address per service; port 0 lets `attune run` find a free one.
    ingest_http: Address = "127.0.0.1:8471"
    projector_http: Address = "127.0.0.1:8472"
    alerts_http: Address = "127.0.0.1:8473"
    console_http: Address = "127.0.0.1:8474"
    console_url: str = "http://127.0.0.1:8474"
    # Whom the console believes about where a request comes from (X-Forwarded-For): proxies' addresses or networks.
    trusted_proxies: Networks = ()
    ingest_batch: int = 2000

    # Who signs people in to the console besides attune itself: an OpenID provider, found by its issuer.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = UNSET
    # What somebody may do whom the provider vouches for and nobody has added yet; empty lets no stranger in.
    oidc_role: Literal["", "viewer", "operator", "admin"] = ""

    # For tests alone: shared/plumbing/failpoint.py.
    failpoints: Path | None = None

    alerts_file: Path | None = None
    imap_password: SecretStr = UNSET
    # Access tokens of the APIs that `attune follow` asks; they end within the hour, so --token-file is for longer.
    graph_token: SecretStr = UNSET
    google_token: SecretStr = UNSET

    webhook_url: str | None = None
    webhook_secret: SecretStr | None = None
    # One machine talks to itself; where strangers may set the address, switch this off.
    webhook_allow_private: bool = True

    # A subscribed calendar's server may redirect anywhere: our own network only where this is switched on.
    calendar_allow_private: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- pydantic names its sources
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let a caller win over the environment, and the environment over the file."""
        told = InitSettingsSource(settings_cls, told_by_file(os.environ))
        return init_settings, env_settings, told, TomlConfigSettingsSource(settings_cls, config_file())

    @property
    def is_embedded(self) -> bool:
        """Tell whether a server is left to `attune run`."""
        return not (self.database_url.get_secret_value() and self.nats_url.get_secret_value())

    def spelling(self) -> Spelling:
        """Return how addresses are to be read."""
        pairs = (pair.partition("=") for pair in self.aliases)
        return Spelling(
            without_tags=self.without_plus_tags,
            aliases={one.strip(): other.strip() for one, _, other in pairs},
            roles=ROLES | set(self.role_names),
            people=frozenset(self.person_addresses),
        )

    def handle_secret(self) -> bytes:
        """Return the key of the handles, without which no address can be hashed."""
        if not self.handle_key.get_secret_value():
            raise Refused(
                "no key for handles: set ATTUNE_HANDLE_KEY to a long random text and keep it for ever, "
                "because every handle in the log is made with it"
            )
        return self.handle_key.get_secret_value().encode()


def settings() -> Settings:
    """Return the settings with every server known, or say how to get one."""
    chosen = configured()
    running = Runtime.read(chosen.directory)
    if running is None and chosen.is_embedded:
        raise Unavailable(
            f"attune is not running here (nothing alive in {chosen.directory}): start it with `attune run`, "
            "or set ATTUNE_DATABASE_URL and ATTUNE_NATS_URL to servers of your own"
        )
    return chosen if running is None else chosen.model_copy(update=left_open(chosen, running))


def configured() -> Settings:
    """Return the settings as written, servers possibly unset."""
    try:
        return Settings()
    except (ValidationError, SettingsError) as error:
        raise Refused(f"settings ({origin()}): {sentences(error)}") from None
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{config_file()} is not valid TOML: {error}") from None


def left_open(chosen: Settings, running: Runtime) -> dict[str, Any]:
    """Return what the running attune decided because nobody else had."""
    secrets = {
        name: SecretStr(getattr(running, name))
        for name in ("database_url", "nats_url", "handle_key")
        if not getattr(chosen, name).get_secret_value()
    }
    listens = {
        field: address
        for service, address in running.http.items()
        if (field := f"{service}_http") not in chosen.model_fields_set or getattr(chosen, field).endswith(":0")
    }
    return secrets | listens


def told_by_file(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what `ATTUNE_<SETTING>_FILE` point to: containers are handed their secrets as files."""
    variables = {name: f"ATTUNE_{name.upper()}" for name in Settings.model_fields}
    named = {name: variable for name, variable in variables.items() if environment.get(f"{variable}_FILE")}
    for variable in named.values():
        if variable in environment:
            raise Refused(f"{variable} and {variable}_FILE are both set: leave one of them out")
    return {name: content(f"{variable}_FILE", environment[f"{variable}_FILE"]) for name, variable in named.items()}


def content(variable: str, path: str) -> str:
    """Return what the file says, without the line's end that editors add."""
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{variable} names {path}, which cannot be read: {error}") from None


def config_file() -> Path:
    """Return the TOML file; one that was named must exist, the usual one may."""
    named = os.environ.get("ATTUNE_CONFIG")
    if named and not Path(named).is_file():
        raise Refused(f"ATTUNE_CONFIG names {named}, which is not a file")
    return Path(named or "attune.toml")


def origin() -> str:
    """Name where the settings come from."""
    return f"ATTUNE_* and {config_file()}" if config_file().is_file() else "ATTUNE_*"


def sentences(error: ValidationError | SettingsError) -> str:
    """Say per wrong setting what is wrong, never its value: it may be a secret."""
    if isinstance(error, SettingsError):
        return str(error)
    return "; ".join(sentence(problem) for problem in error.errors(include_input=False, include_url=False))


def sentence(problem: Mapping[str, Any]) -> str:
    """Say what is wrong with one setting."""
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"`{name}` is not a setting of attune; known are {', '.join(sorted(Settings.model_fields))}"
    return f"`{name}`: {problem['msg'].removeprefix('Value error, ')}"
