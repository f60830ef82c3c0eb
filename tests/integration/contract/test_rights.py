"""What each service may do in Postgres: decided for everything there is, and tried as that service's role."""

import ast
import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from click.testing import CliRunner, Result

from services.cli.commands.migrate import migrate as command
from shared.errors import Refused
from shared.plumbing import postgres, rights
from shared.plumbing.embedded.runtime import Runtime
from shared.plumbing.migrate import migrate
from tests.databases import create, execute, renamed
from tests.integration.contract.test_roles import named, refused, relations

SERVICES = ("projector", "alerts", "console")
STATEMENTS = ("select ", "insert into ", "update ", "delete from ", "with ")
# What a service puts into its statements: any of what it may.
PUT = {
    ":among": "alerts.alerts", ":key": "standings.name", ":::type": "::text", ":type": "text", ":beyond": ">", ":way": "asc",
}  # fmt: skip
# shared.plumbing.models: `attune migrate` puts the first model in force, before any service starts.
OF_COMMANDS = (
    "insert into projector.models ",
    "insert into projector.numbers ",
    "delete from projector.numbers ",
    "insert into projector.in_force ",
)
# Half a statement, put into another; and one that stands in a module of which the service uses the rest.
NOT_ASKED = {"projector": (), "alerts": (), "console": ("alerts_found", "handle_key_settle")}

# What a role may do nothing with, in the schemas it may look into; those it may not are closed as a whole.
CLOSED = {
    "projector": "alerts attune console mine planner",
    "alerts": "console mine",
    "console": "mine",
}
NOTHING = {
    "projector": {
        "projector": "builds carried days depths forms initiative_paces states untold weights",
        "public": "attune_migrations",
        "roster": "entries initiatives log merges people readers",
    },
    "alerts": {
        "alerts": "verdicts",
        "attune": "alert_history alignment commitments coverage deliveries disabled forecasts mutes organisation replies "
        "sources suppressions touchpoints",
        "projector": "builds carried days initiative_paces model_days model_weights retractions weights",
        "public": "attune_migrations",
        "roster": "entries handle_key log merges readers suppressed",
    },
    "console": {
        "alerts": "batches commitments digests disabled looked mutes settled suppressions traces verdicts wholes",
        "attune": "alert_history alignment commitments coverage disabled forecasts organisation replies touchpoints",
        "projector": "carried depths heard model_weights retractions sources traces untold weights",
        "public": "attune_migrations",
        "roster": "entries log merges readers suppressed",
    },
}
# Functions with their owner's rights, which a role may call: the reading ones, which tell no more than they return, and
# what people do to alerts.
READING = {
    "projector": "initiative_paces_at next_planned_at risk source_health stale_sources standing_at",
    "attune": "explain trajectory",
}
TRUSTED = {
    "projector": {"projector": READING["projector"]},
    "alerts": READING,
    "console": READING | {"alerts": "act mute unmute"},
}

REFUSED = {
    "projector": (
        "select address from roster.addresses",
        "select name from roster.people",
        "select initiative, importance from roster.stakeholders",
        "delete from projector.log",
        "truncate projector.log",
        "update projector.log set occurred_at = now()",
        "update projector.log set handle = null",
        "update projector.retractions set source = 'x'",
        "delete from projector.model_states",
        "insert into projector.models (name, definition) values ('mine', '{}')",
        "update projector.numbers set aligned_min = 0",
        "update projector.in_force set version = 2",
        "update roster.handle_key set key_id = 'mine'",
        "delete from roster.suppressed",
        "insert into roster.addresses default values",
        "select * from alerts.alerts",
        "select alerts.act(null, 'resolve', 'me', now(), null, null)",
        "select * from attune.alignment",
        "select password_hash from console.users",
        "select digest from console.sessions",
        "select digest from console.tokens",
        "select * from planner.plans",
    ),
    "alerts": (
        "select address from roster.addresses",
        "select * from roster.suppressed",
        "select * from roster.handle_key",
        "insert into projector.log default values",
        "update projector.log set retracted_at = now()",
        "delete from projector.log",
        "update projector.states set contact = 0",
        "update projector.model_states set wake_at = now()",
        "update projector.in_force set version = 2",
        "update roster.stakeholders set owner = 'me'",
        "delete from alerts.alerts",
        "delete from alerts.history",
        "update alerts.history set note = 'never'",
        "delete from alerts.verdicts",
        "update alerts.verdicts set reasons = '{}'",
        "delete from alerts.suppressions",
        "insert into alerts.mutes default values",
        "select alerts.mute('me', now(), now(), 'crm')",
        "select * from console.users",
        "select digest from console.tokens",
        "select console.open_link('x', now(), now())",
        "update planner.lines set accepted_at = now()",
    ),
    "console": (
        "select address from roster.addresses",
        "select * from roster.suppressed",
        "insert into roster.people default values",
        "update roster.stakeholders set owner = 'me'",
        "insert into projector.log default values",
        "update projector.log set retracted_at = now()",
        "delete from projector.log",
        "insert into projector.retractions default values",
        "update projector.states set contact = 0",
        "update projector.model_states set contact = 0",
        "update projector.in_force set version = 2",
        "insert into projector.models default values",
        "insert into alerts.alerts default values",
        "update alerts.alerts set status = 'resolved'",
        "insert into alerts.history default values",
        "select payload from alerts.deliveries",
        "update alerts.deliveries set next_attempt_at = null",
        "insert into alerts.mutes default values",
        "delete from console.audit",
        "update console.audit set actor = 'somebody else'",
        "delete from console.users",
        "update console.users set name = 'owner'",
        "delete from planner.plans",
        "update planner.lines set relationship_id = 1",
    ),
}
RULED = (
    "create role mine",
    "alter role attune password 'mine'",
    "grant select on roster.addresses to public",
    "create table projector.mine ()",
    "create table public.mine ()",
    "drop table projector.log",
    "alter table projector.log disable trigger all",
    "set session_replication_role = replica",
    "select * from public.attune_migrations",
    "select pg_read_file('PG_VERSION')",
    "copy (select 1) to '/dev/null'",
)

ANY = "select, insert, update, delete, truncate, references, trigger, maintain"
MAY = """
    select nspname || '.' || relname as name
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relkind in ('r', 'p', 'v', 'm', 'f') and nspname !~ '^pg_' and nspname <> 'information_schema'
      and (has_table_privilege($1, pg_class.oid, $2)
           or has_any_column_privilege($1, pg_class.oid, 'select, insert, update, references'))
"""
CALLABLE = """
    select distinct nspname || '.' || proname as name
    from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
    where prosecdef and nspname !~ '^pg_'
      and has_schema_privilege($1, pronamespace, 'usage') and has_function_privilege($1, pg_proc.oid, 'execute')
"""


@pytest.fixture(params=SERVICES)
async def pool(request: pytest.FixtureRequest, database: str) -> AsyncIterator[tuple[str, Any]]:
    """A service's name, and connections as it opens them."""
    async with await postgres.pool(database, request.param) as pool:
        yield request.param, pool


def parsed(module: str) -> tuple[ast.Module, Path] | None:
    try:
        found = find_spec(module)
    except ModuleNotFoundError:  # a name in a module, and no module
        return None
    return (ast.parse(Path(found.origin).read_text()), Path(found.origin)) if found and found.origin else None


def imported(module: str, seen: dict[str, tuple[ast.Module, Path]]) -> dict[str, tuple[ast.Module, Path]]:
    """Return our modules that a module needs, with itself."""
    if module in seen or not module.startswith(("services.", "shared.")) or not (found := parsed(module)):
        return seen
    seen[module] = found
    for node in ast.walk(found[0]):
        if isinstance(node, ast.ImportFrom):
            for name in (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)):
                imported(name, seen)
    return seen


def statements(service: str) -> Iterator[str]:
    """Yield every statement that stands in a service or in what it imports, or that it names."""
    modules = imported(f"services.{service}.app", {})
    said = {
        node.value
        for name, (tree, _) in modules.items()
        if name != "shared.plumbing.settings"  # one of which is called like a statement
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    yield from (text for text in said if text.startswith(STATEMENTS) and " " in text.strip())
    for folder in (Path(f"services/{service}/sql"), Path("shared/plumbing/sql")):
        for path in sorted((Path(rights.__file__).parents[2] / folder).glob("*.sql")):
            if path.stem in said and path.stem not in NOT_ASKED[service]:
                yield path.read_text()


def test_the_statements_of_a_service_are_found() -> None:
    found = {service: list(statements(service)) for service in SERVICES}

    assert any("-- Logs and folds" in text or "insert into projector.log" in text for text in found["projector"])
    assert any(text.startswith("delete from console.sessions") for text in found["console"])
    assert {service: len(texts) > 15 for service, texts in found.items()} == dict.fromkeys(SERVICES, True)


async def test_a_service_may_do_all_that_its_statements_do(pool: tuple[str, Any]) -> None:
    service, connections = pool
    through = []
    async with connections.acquire() as connection:
        for statement in set(statements(service)):
            if statement.startswith(OF_COMMANDS):
                continue
            text = statement
            for word, put in PUT.items():
                text = text.replace(word, put)
            try:
                async with connection.transaction():
                    await connection.execute(f"explain (generic_plan) {text.rstrip().rstrip(';')}")
            except asyncpg.InsufficientPrivilegeError as error:
                through.append(f"{error}: {statement}")

    assert through == []


async def test_everything_there_is_is_granted_to_a_service_or_listed_as_nothing_of_its(
    connection: asyncpg.Connection,
) -> None:
    found = set(await relations(connection, "rpvmf"))
    for service in SERVICES:
        may = {row["name"] for row in await connection.fetch(MAY, f"attune_{service}", ANY)}
        closed = {name for name in found if name.split(".")[0] in CLOSED[service].split()}
        nothing = named(NOTHING[service])

        assert found - may - closed == nothing, f"grant it in roles/attune_{service}.sql or list it, after thinking"
        assert not may & closed


async def test_a_service_calls_with_the_owners_rights_only_what_is_listed(connection: asyncpg.Connection) -> None:
    for service in SERVICES:
        found = {row["name"] for row in await connection.fetch(CALLABLE, f"attune_{service}")}

        assert found == named(TRUSTED[service]), service


async def test_a_service_is_refused_what_is_not_its(pool: tuple[str, Any]) -> None:
    service, connections = pool
    async with connections.acquire() as connection:
        assert await refused(connection, [*REFUSED[service], *RULED]) == []


async def test_a_connection_stays_the_services_when_it_was_lent_before(pool: tuple[str, Any]) -> None:
    service, connections = pool
    for _ in range(2):
        async with connections.acquire() as connection:
            assert await connection.fetchval("select current_user") == f"attune_{service}"


async def test_rights_that_were_added_or_lost_are_again_what_the_files_say(connection: asyncpg.Connection) -> None:
    held = "select array_agg(acl order by acl) from (select unnest(relacl)::text || oid as acl from pg_class) as all_"
    before = await connection.fetchval(held)
    await connection.execute("""
        grant select on roster.addresses, console.users to attune_alerts;
        grant update (address) on roster.addresses to attune_projector;
        grant usage on schema console to attune_alerts;
        revoke insert on projector.log from attune_projector
    """)

    await migrate(connection)

    assert await connection.fetchval(held) == before
    may = "select has_schema_privilege('attune_alerts', 'console', 'usage')"
    assert not await connection.fetchval(may)
    may = "select has_column_privilege('attune_projector', 'roster.addresses', 'address', 'update')"
    assert not await connection.fetchval(may)


@pytest.fixture
async def house_of_another(servers: Runtime, tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """The address of an empty database whose owner is no superuser, and a directory of migrations."""
    await execute(servers, "create role another login password 'x'")
    await create(servers, "anothers", "template0")
    await execute(servers, "alter database anothers owner to another")
    (tmp_path / "0001_projector.sql").write_text("create schema projector; create table projector.log ();")
    (tmp_path / "roles").mkdir()
    (tmp_path / "roles" / "attune_guest.sql").write_text(
        "grant usage on schema projector to attune_guest; grant select on projector.log to attune_guest"
    )
    yield renamed(servers.database_url, "anothers").replace("attune@", "another:x@"), tmp_path
    await execute(servers, "drop database anothers with (force)")
    await execute(servers, "drop role if exists attune_guest")
    await execute(servers, "drop role another")


async def guest(url: str) -> Any:
    async with await postgres.pool(url, "guest") as pool, pool.acquire() as connection:
        return await connection.fetchval("select current_user from projector.log right join (select) as one on true")


async def test_an_owner_who_may_not_make_roles_goes_on_and_is_told(
    house_of_another: tuple[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    url, directory = house_of_another
    connection = await asyncpg.connect(url)
    with caplog.at_level(logging.WARNING):
        assert await migrate(connection, directory) == ["0001_projector.sql"]
    await connection.close()

    assert "may not make or grant attune_guest" in caplog.text
    assert await guest(url) == "another"


async def test_an_owner_who_may_make_roles_needs_no_more(servers: Runtime, house_of_another: tuple[str, Path]) -> None:
    url, directory = house_of_another
    await execute(servers, "alter role another createrole")
    connection = await asyncpg.connect(url)
    await migrate(connection, directory)
    await connection.close()

    assert await guest(url) == "attune_guest"


@pytest.fixture
async def address(servers: Runtime, database: str, tmp_path: Path) -> AsyncIterator[Path]:
    """A file with the address by which the console is to reach the database, where a password is asked for."""
    path = tmp_path / "console_database_url"
    host = urlsplit(servers.database_url_tcp).netloc.rpartition("@")[2]
    path.write_text(f"postgresql://desk:dr%40wn@{host}{urlsplit(database).path}\n")
    yield path
    await execute(servers, "drop role if exists desk")


def written(address: Path, password: str) -> str:
    url = address.read_text().strip().replace("dr%40wn", password)
    address.write_text(url + "\n")
    return url


async def migrated(monkeypatch: pytest.MonkeyPatch, database: str, *words: str) -> Result:
    monkeypatch.setenv("ATTUNE_DATABASE_URL", database)
    monkeypatch.setenv("ATTUNE_NATS_URL", "nats://127.0.0.1:1")
    return await asyncio.to_thread(CliRunner().invoke, command, words)


async def test_a_service_gets_a_login_of_its_own_that_cannot_take_on_more(
    monkeypatch: pytest.MonkeyPatch, database: str, address: Path
) -> None:
    for password in ("dr%40wn", "another"):  # the second time it gets another password
        url = written(address, password)
        done = await migrated(monkeypatch, database, "--login", f"console={address}")
        assert done.exit_code == 0, done.output
        assert "desk may do what console must, and nothing else" in done.output

        async with await postgres.pool(url, "console") as pool, pool.acquire() as connection:
            assert await connection.fetchval("select current_user || ' ' || session_user") == "attune_console desk"
            await connection.execute("reset role")
            assert await connection.fetchval("select count(*) from console.users") == 0
            tried = [*REFUSED["console"], *RULED, "set role attune", "set role attune_alerts"]
            assert await refused(connection, tried) == []


@pytest.mark.parametrize(
    ("service", "url", "reason"),
    [
        ("console", "postgresql://attune:x@db/attune", "'attune' is another role"),
        ("console", "postgresql://attune_alerts:x@db/attune", "'attune_alerts' is another role"),
        ("console", "postgresql://desk@db/attune", "user:password"),
        ("console", "nonsense", "user:password"),
        ("ingest", "postgresql://desk:x@db/attune", "is no service with a role"),
    ],
)
async def test_a_login_that_cannot_be_a_services_own_is_refused(
    connection: asyncpg.Connection, service: str, url: str, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await rights.admit(connection, service, url)
