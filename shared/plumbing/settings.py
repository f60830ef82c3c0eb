"""What can be set, from `ATTUNE_*`, files they name, and a TOML file; servers left unset are the embedded ones."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
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
from shared.events.address import ROLES, Spelling, normal_address, normal_domain, normal_entry
from shared.events.handle import is_handle
from shared.events.lists import Lists
from shared.events.refusal import shown
from shared.plumbing.embedded.runtime import Runtime

UNSET = SecretStr("")
UNSET_WHEN_EMPTY = frozenset({"directory", "failpoints", "alerts_file", "console_url"})
PORT_MAX = 65535
EVERYWHERE = frozenset({"0.0.0.0", "[::]"})  # noqa: S104 -- read, and never listened at


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


def each(normal: Callable[[str], str]) -> AfterValidator:
    """Return what brings every word of a list into its one spelling, and names the word that has none."""

    def spelled(words: tuple[str, ...]) -> tuple[str, ...]:
        for word in words:
            try:
                normal(word)
            except ValueError as error:
                raise ValueError(f"{shown(word)} — {error}; write a list as `one, two`") from None
        return tuple(normal(word) for word in words)

    return AfterValidator(spelled)


def equal(pair: str) -> str:
    """Return a pair in normal spelling; refuse what does not say of two of a kind that one stands for the other."""
    sides = [side.strip() for side in pair.split("=")]
    try:
        one, other = map(normal_entry, sides)
    except ValueError:
        one = other = ""
    if not one or ("@" in one) != ("@" in other):
        raise ValueError("must be a pair such as old.example=corp.example, or of whole addresses")
    return f"{one}={other}"


def role(word: str) -> str:
    """Refuse what cannot stand before the @ of an address."""
    if not re.fullmatch(r"[^\s@\"'`\[\](){}<>,;:=\\]+", word):
        raise ValueError("must be what stands before the @, such as desk")
    return word


def entry(word: str) -> str:
    """Return who is meant in normal spelling: a domain, an address, or a handle as lists show it."""
    return word if is_handle(word) else normal_entry(word)


def one_user(url: SecretStr) -> SecretStr:
    """Refuse a list of whole addresses: the servers of a cluster share one user."""
    if url.get_secret_value().count("://") > 1:
        raise ValueError("must name the servers of a cluster as nats://user:password@one:4222,two:4222,three:4222")
    return url


def network(named: str) -> str:
    """Refuse what is no address and no network."""
    try:
        ip_network(named)
    except ValueError:
        raise ValueError("must be an address or a network such as 10.0.0.7 or 10.0.0.0/24") from None
    return named


def web(url: str) -> str:
    """Refuse what no browser finds."""
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        raise ValueError("must be a URL such as https://attune.us.example")
    return url


def reached(address: str) -> str:
    """Return the URL of what listens at an address; what listens everywhere is found on this machine, too."""
    host, _, port = address.rpartition(":")
    return f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"


Address = Annotated[str, AfterValidator(listening)]
Web = Annotated[str, AfterValidator(web)]
Servers = Annotated[SecretStr, AfterValidator(one_user)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split)]
Networks = Annotated[Words, each(network)]
Aliases = Annotated[Words, each(equal)]
Domains = Annotated[Words, each(normal_domain)]
Addresses = Annotated[Words, each(normal_address)]
Entries = Annotated[Words, each(entry)]
Roles = Annotated[Words, each(role)]


class Settings(BaseSettings):
    """Every setting with its default; an empty secret means unset."""

    model_config = SettingsConfigDict(env_prefix="ATTUNE_", extra="forbid", frozen=True)

    directory: Path = Path(".attune")
    """Where the embedded servers keep their data, and where commands look for an attune that runs."""
    database_url: SecretStr = UNSET
    """Postgres, such as `postgresql://attune:…@one:5432,two:5432/attune`; unset is the embedded one."""
    nats_url: Servers = UNSET
    """NATS, such as `nats://attune:…@one:4222,two:4222`, or `tls://…?ca=FILE`; unset is the embedded one."""
    nats_sync_interval: str = "always"
    """How often the embedded NATS writes to disk for good, as its `sync_interval` has it."""
    stream_replicas: Annotated[int, Field(ge=1, le=5)] = 1
    """How many servers of a NATS cluster keep each message; one server can keep one copy only."""

    handle_key: SecretStr = UNSET
    """The key that handles are made with: a long random text, kept for ever."""
    own_domains: Domains = ()
    """Your own domains: who is inside."""
    own_addresses: Addresses = ()
    """Addresses that are yours though their domain is not."""
    keep_notes: bool = False
    """Whether the note on a disclosure is kept."""
    retention_days: Annotated[int, Field(ge=90)] | None = None
    """How old a touchpoint may become; `attune privacy expire` removes what is older."""

    # What our addresses have to do with one another: shared/events/address.py.
    without_plus_tags: bool = False
    """Whether `ana+news@corp.example` is `ana@corp.example`."""
    aliases: Aliases = ()
    """Pairs of domains or addresses of which one stands for the other: `old.example=corp.example`."""
    role_names: Roles = ()
    """Further local parts that are nobody, beside `info`, `team` and the like."""
    person_addresses: Addresses = ()
    """Addresses that are one person's though they look like a role's."""
    blocked: Entries = ()
    """Addresses and domains that nothing is taken in of."""
    allowed: Entries = ()
    """Addresses and domains; where there are any, nobody else is taken in."""

    # One address per service.
    ingest_http: Address = "127.0.0.1:8471"
    """Where ingest listens, for `POST /events`; port 0 lets `attune run` find a free one."""
    projector_http: Address = "127.0.0.1:8472"
    """Where the projector listens, for `/readyz` and `/metrics`."""
    alerts_http: Address = "127.0.0.1:8473"
    """Where alerts listens, for `/readyz` and `/metrics`."""
    console_http: Address = "127.0.0.1:8474"
    """Where the console listens."""
    console_url: Annotated[str, AfterValidator(web)] = Field(
        default_factory=lambda told: reached(told.get("console_http", ""))
    )
    """The address by which people reach the console: what links in alerts begin with; unset is where it listens."""
    trusted_proxies: Networks = ()
    """Whom the console believes about where a request comes from (X-Forwarded-For): proxies' addresses or networks."""
    ingest_batch: int = 2000
    """How many messages ingest takes at once."""

    oidc_issuer: str = ""
    """Who signs people in to the console besides attune itself: an OpenID provider, found by its issuer."""
    oidc_client_id: str = ""
    """As whom the provider knows the console."""
    oidc_client_secret: SecretStr = UNSET
    """How the console proves itself to the provider."""
    oidc_role: Literal["", "viewer", "operator", "admin"] = ""
    """What somebody may do whom the provider vouches for and nobody has added yet; unset lets no stranger in."""

    failpoints: Path | None = None
    """For tests alone: shared/plumbing/failpoint.py."""

    log_format: Literal["json", "text"] = "json"
    """How services write their logs: JSON, a line each, or text for people."""
    log_level: Literal["debug", "info", "warning"] = "info"
    """How much services write: `debug` has a line for each batch, by which a touchpoint can be followed."""
    traces_url: str | None = None
    """Where traces go: an OpenTelemetry collector's OTLP address, such as `http://127.0.0.1:4318`; unset is nowhere."""

    alerts_file: Path | None = None
    """Who is told what, when: docs/alerts.md."""
    imap_password: SecretStr = UNSET
    """The password for `attune import imap`, which else asks."""
    graph_token: SecretStr = UNSET
    """An access token of Microsoft Graph for `attune follow`; it ends within the hour: --token-file is for longer."""
    google_token: SecretStr = UNSET
    """The same of Google."""

    webhook_url: str | None = None
    """Where alerts are posted without an alerts file."""
    webhook_secret: SecretStr | None = None
    """What webhooks are signed with: `whsec_…` as Standard Webhooks has it."""
    webhook_allow_private: bool = False
    """Whether that address may be one of this machine or of your own network, each time it is called."""

    calendar_allow_private: bool = False
    """Whether a subscribed calendar's server may be, or redirect into, a private network."""

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

    @model_validator(mode="before")
    @classmethod
    def without_empty(cls, told: dict[str, Any]) -> dict[str, Any]:
        """Take an empty path or URL for one that was not set; Python takes the path for the one we are in."""
        return {name: value for name, value in told.items() if name not in UNSET_WHEN_EMPTY or value != ""}

    @property
    def is_embedded(self) -> bool:
        """Tell whether a server is left to `attune run`."""
        return not (self.database_url.get_secret_value() and self.nats_url.get_secret_value())

    def spelling(self) -> Spelling:
        """Return how addresses are to be read."""
        pairs = (pair.partition("=") for pair in self.aliases)
        return Spelling(
            without_tags=self.without_plus_tags,
            aliases={one: other for one, _, other in pairs},
            roles=ROLES | set(self.role_names),
            people=frozenset(self.person_addresses),
        )

    def is_ours(self, address: str) -> bool:
        """Tell whether a (normalised) address is one of our own people's."""
        return self.spelling().is_among(address, self.own_addresses, self.own_domains)

    def lists(self) -> Lists:
        """Return whom the settings keep out, or alone let in, each in the spelling that people are known by."""
        canonical = self.spelling().canonical
        return Lists(set(map(canonical, self.blocked)), set(map(canonical, self.allowed)))

    def handle_secret(self) -> bytes:
        """Return the key of the handles, without which no address can be hashed."""
        if not self.handle_key.get_secret_value():
            raise Refused(
                "no key for handles: set ATTUNE_HANDLE_KEY to a long random text and keep it for ever, "
                "because every handle in the log is made with it"
            )
        return self.handle_key.get_secret_value().encode()


def settings(*, without_database: bool = False) -> Settings:
    """Return the settings with every server known, or say how to get one; who needs no Postgres need not name it."""
    chosen = configured()
    running = Runtime.read(chosen.directory)
    is_enough = bool(chosen.nats_url.get_secret_value()) if without_database else not chosen.is_embedded
    if running is None and not is_enough:
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
    follows = "console_http" in listens and "console_url" not in chosen.model_fields_set
    return secrets | listens | ({"console_url": reached(listens["console_http"])} if follows else {})


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
    problems = error.errors(include_input=False, include_url=False)
    # What is made from a wrong setting could not be made; that is nobody's mistake.
    return "; ".join(sentence(problem) for problem in problems if problem["type"] != "default_factory_not_called")


def sentence(problem: Mapping[str, Any]) -> str:
    """Say what is wrong with one setting."""
    name = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"`{name}` is not a setting of attune; known are {', '.join(sorted(Settings.model_fields))}"
    return f"`{name}`: {problem['msg'].removeprefix('Value error, ')}"
