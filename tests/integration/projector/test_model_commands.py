"""`attune model`, `attune rebuild` and `attune check`, as people call them."""

import asyncio
import json
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.alignment.model import default_model, parse_model
from shared.alignment.written import written
from shared.plumbing.embedded.runtime import Runtime
from tests.integration.projector.history import live, prepare, touch

Attune = Callable[..., Any]
DEFAULT = default_model()


@pytest.fixture
def environment(database: str, servers: Runtime, tmp_path: Path) -> dict[str, str]:
    return {
        "ATTUNE_DATABASE_URL": database,
        "ATTUNE_NATS_URL": servers.nats_url,
        "ATTUNE_DIRECTORY": str(tmp_path),
        "PYTHONPATH": str(Path.cwd()),
        "PATH": "",
    }


@pytest.fixture
def attune(environment: dict[str, str]) -> Attune:
    async def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "services.cli.app", *arguments],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment,
        )

    return call


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """A model under which the people below read in another band."""
    path = tmp_path / "strict.toml"
    bands = DEFAULT.bands.model_copy(update={"aligned_min": 95.0, "cooling_min": 90.0})
    lines = DEFAULT.lines.model_copy(update={"fading": 90.0})
    path.write_text(written(DEFAULT.model_copy(update={"name": "strict", "bands": bands, "lines": lines})))
    return path


def changed(directory: Path, **lines: float) -> Path:
    """Write the default model with other lines."""
    path = directory / "changed.toml"
    path.write_text(written(DEFAULT.model_copy(update={"lines": DEFAULT.lines.model_copy(update=lines)})))
    return path


async def warm(connection: asyncpg.Connection, *names: str) -> None:
    await prepare(connection, names)
    await live(
        connection,
        [
            touch(10 * number + day, name, day + 1, kind="meeting", duration_minutes=60)
            for number, name in enumerate(names)
            for day in range(5)
        ],
    )


async def test_what_show_prints_is_the_model_that_is_in_force(attune: Attune, connection: asyncpg.Connection) -> None:
    await prepare(connection, [])

    text, document = await attune("model", "show"), await attune("model", "show", "--json")

    assert parse_model(text.stdout) == DEFAULT
    assert json.loads(document.stdout)["definition"] == DEFAULT.model_dump(mode="json")
    assert {"version", "name", "applied_at"} < json.loads(document.stdout).keys()


async def test_the_shipped_model_is_shown_without_any_server(attune: Attune) -> None:
    answer = await attune("model", "show", "--default")

    assert parse_model(answer.stdout) == DEFAULT
    assert "# " in answer.stdout


async def test_diff_lists_who_changes_band_and_which_alerts_and_leaves_nothing(
    attune: Attune, connection: asyncpg.Connection, strict: Path
) -> None:
    await warm(connection, "ana")

    answer = await attune("model", "diff", str(strict), "--json")

    would = json.loads(answer.stdout)
    [band], [alert] = would["bands"], would["alerts"]
    assert (band["stakeholder"], band["from_band"], band["to_band"]) == ("ana", "aligned", "misaligned")
    assert band["from_score"] == pytest.approx(band["to_score"])
    assert (alert["change"], alert["stakeholder"], alert["reasons"]) == ("opens", "ana", ["fading"])
    assert {"setting": "bands.aligned_min", "from": 60.0, "to": 95.0} in would["settings"]
    assert len(would["settings"]) == 4
    assert await connection.fetchval("select count(*) from projector.numbers") == 1
    assert await connection.fetchval("select max(version) from projector.models where name = 'strict'") is None


async def test_diff_says_which_open_alert_would_close(
    attune: Attune, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await warm(connection, "ana")
    await connection.execute(
        "insert into alerts.alerts (alert_id, relationship_id, status, severity, reason, reasons, drifts_at, summary, "
        "opened_at) values (gen_random_uuid(), 1, 'open', 'alert', 'fading', '[{\"reason\": \"fading\"}]', now(), '', now())"
    )
    mild = tmp_path / "mild.toml"
    mild.write_text(written(DEFAULT.model_copy(update={"name": "mild"})))

    would = json.loads((await attune("model", "diff", str(mild), "--json")).stdout)

    assert [(row["change"], row["reasons"]) for row in would["alerts"]] == [("closes", ["fading"])]


async def test_diff_says_who_would_be_shallow_one_sided_shaken_or_cooling(
    attune: Attune, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await prepare(connection, ["deep", "shallow", "one-sided", "shaken", "cooling"])
    await live(
        connection,
        [
            *(touch(100 + day, "deep", day, kind="meeting", duration_minutes=60) for day in range(1, 6)),
            *(touch(200 + day, "shallow", day / 2) for day in range(1, 6)),
            *(touch(300 + day, "one-sided", day / 2, direction="outbound") for day in range(1, 6)),
            *(touch(400 + day, "shaken", day, kind="meeting", duration_minutes=60) for day in range(1, 6)),
            touch(499, "shaken", 0.5, kind="setback", severity=0.1),
            *(touch(500 + week, "cooling", 7 * week, kind="meeting", duration_minutes=60) for week in range(2, 12)),
        ],
    )
    keen = {
        "shallow_contact_min": 30.0,
        "one_sided_contact_min": 30.0,
        "shaken_loss_min": 0.05,
        "cooling_missed_min": 2.0,
        "cooling_pace_max": 0.8,
    }

    would = json.loads((await attune("model", "diff", str(changed(tmp_path, **keen)), "--json")).stdout)

    assert [(row["change"], row["stakeholder"], sorted(row["reasons"])) for row in would["alerts"]] == [
        ("opens", "cooling", ["cooling"]),
        ("opens", "one-sided", ["one_sided", "shallow"]),
        ("opens", "shaken", ["shaken"]),
        ("opens", "shallow", ["shallow"]),
    ]
    assert {"initiative", "name", "score"} < would["alerts"][0].keys()
    assert would["bands"] == []


async def test_diff_finds_nobody_shallow_where_the_candidate_sees_nothing_deep(
    attune: Attune, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    await prepare(connection, ["mailed", "other"])
    await live(
        connection,
        [touch(day + 10 * (name == "other"), name, day / 2) for name in ("mailed", "other") for day in range(1, 6)],
    )

    would = json.loads(
        (await attune("model", "diff", str(changed(tmp_path, shallow_contact_min=30.0)), "--json")).stdout
    )

    assert would["alerts"] == []


async def test_apply_switches_and_says_what_changed(
    attune: Attune, connection: asyncpg.Connection, strict: Path
) -> None:
    await warm(connection, "ana")

    answer = await attune("model", "apply", str(strict), "--yes", "--json")
    again = await attune("model", "apply", str(strict), "--yes")

    done = json.loads(answer.stdout)
    assert (done["applied"], [row["stakeholder"] for row in done["bands"]]) == (True, ["ana"])
    assert await connection.fetchval("select version from projector.in_force") == done["version"]
    assert await connection.fetchval("select band from attune.alignment") == "misaligned"
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "Nothing was changed.")
    assert await connection.fetchval("select count(*) from projector.numbers") == 1


async def test_apply_asks_nobody_who_is_not_there(attune: Attune, connection: asyncpg.Connection, strict: Path) -> None:
    await warm(connection, "ana")

    answer = await attune("model", "apply", str(strict))

    assert answer.returncode == 2
    assert "say --yes" in answer.stderr


async def test_a_model_that_breaks_a_rule_is_refused_by_file_field_and_rule(attune: Attune, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(written(DEFAULT).replace("cushion = 1.0", "cushion = -1.0"))

    answer = await attune("model", "diff", str(path))

    assert answer.returncode == 1
    assert "wrong.toml" in answer.stderr
    assert "reading.cushion: -1.0" in answer.stderr
    assert "greater than or equal to 0" in answer.stderr

    path.write_bytes(b"name = '\xfe'")
    assert "wrong.toml: not text in UTF-8: a model is TOML" in (await attune("model", "diff", str(path))).stderr


async def test_rebuild_finds_mends_and_agrees(attune: Attune, connection: asyncpg.Connection) -> None:
    await warm(connection, "ana", "bo")
    await connection.execute("update projector.model_states set depth = depth + 1 where relationship_id = 2")

    checked = await attune("check", "--json")
    compared = await attune("rebuild", "--check", "--json")
    mended = await attune("rebuild")
    after = await attune("rebuild", "--json")
    checked_after = await attune("check")

    assert [checked.returncode, compared.returncode, mended.returncode, checked_after.returncode] == [1, 1, 0, 0]
    assert [(row["stakeholder"], row["differs"]) for row in json.loads(checked.stdout)["differences"]] == [
        ("bo", ["depth"])
    ]
    assert [row["channel"] for row in json.loads(compared.stdout)["channels"] if row["relationships"]] == ["depth"]
    assert "mended" in mended.stdout
    assert json.loads(after.stdout)["equal"] is True
    assert max(row["difference"] for row in json.loads(after.stdout)["channels"]) < 1e-9
    assert "All 2 relationships stand as the log says." in checked_after.stdout


@pytest.mark.parametrize(
    ("arguments", "left", "says"),
    [(["rebuild"], 1, "the same command goes on from here"), (["model", "diff", "strict.toml"], 0, "")],
)
async def test_ctrl_c_leaves_what_can_be_gone_on_with_or_nothing(
    connection: asyncpg.Connection,
    environment: dict[str, str],
    strict: Path,
    arguments: list[str],
    left: int,
    says: str,
) -> None:
    await warm(connection, "ana")
    command = [sys.executable, "-m", "services.cli.app", *arguments]
    async with connection.transaction():
        await connection.execute("select projector.begin_fold()")
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, cwd=strict.parent, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        await someone_waits(connection)
        process.send_signal(signal.SIGINT)
    _, stderr = await process.communicate()

    assert process.returncode == 130
    assert says in stderr.decode()
    assert await connection.fetchval("select count(*) from projector.builds") == left
    assert await connection.fetchval("select count(*) from projector.numbers") == 1 + left


@pytest.mark.parametrize("step", ["build.after_switch", "build.after_starve"])
async def test_a_kill_between_the_switch_and_the_clearing_away_leaves_the_new_model_and_the_rest_to_the_same_command(
    attune: Attune,
    connection: asyncpg.Connection,
    environment: dict[str, str],
    strict: Path,
    step: str,
) -> None:
    await warm(connection, "ana", "bo")
    (strict.parent / step).write_text("kill")
    environment["ATTUNE_FAILPOINTS"] = str(strict.parent)

    killed = await attune("model", "apply", str(strict), "--yes")
    name, left = await in_force(connection), await versions(connection)
    # Traffic goes on, whatever of the old version is still fed.
    await live(connection, [touch(90, "ana", 0.1, kind="meeting", duration_minutes=60)])
    again = await attune("model", "apply", str(strict), "--yes")
    checked = await attune("check")

    assert (killed.returncode, name, left["numbers"]) == (-signal.SIGKILL, "strict", 2)
    assert (again.returncode, await in_force(connection)) == (0, "strict")
    assert await versions(connection) == {"numbers": 1, "model_weights": 1, "model_states": 1, "model_days": 1}
    assert (checked.returncode, "All 2 relationships stand as the log says." in checked.stdout) == (0, True)


async def in_force(connection: asyncpg.Connection) -> str:
    """Return what everybody reads by."""
    name: str = await connection.fetchval("select name from projector.models join projector.in_force using (version)")
    return name


async def versions(connection: asyncpg.Connection) -> dict[str, int]:
    """Return of how many versions each table knows."""
    tables = ("numbers", "model_weights", "model_states", "model_days")
    return {
        table: await connection.fetchval(f"select count(distinct version) from projector.{table}") for table in tables
    }


async def someone_waits(connection: asyncpg.Connection) -> None:
    """Return once somebody wants the fold lock alone."""
    waiting = "select count(*) from pg_locks where not granted and locktype = 'advisory'"
    while not await connection.fetchval(waiting):  # noqa: ASYNC110 -- only Postgres knows
        await asyncio.sleep(0.05)


async def test_drop_takes_away_what_was_left_behind(attune: Attune, connection: asyncpg.Connection) -> None:
    await warm(connection, "ana")
    await connection.execute(
        "with made as (insert into projector.models (name, definition, applied_at) select 'left', definition, now() "
        "from projector.models limit 1 returning version) "
        "insert into projector.numbers select (jsonb_populate_record(n, jsonb_build_object('version', made.version))).* "
        "from projector.numbers as n cross join made"
    )

    checked, dropped = await attune("check"), await attune("model", "drop")

    assert "A build stands beside the model in force (left, version" in checked.stdout
    assert dropped.stdout.startswith("Dropped left, version")
    assert await connection.fetchval("select count(*) from projector.numbers") == 1


def test_a_written_model_reads_as_the_same_model() -> None:
    odd = DEFAULT.model_copy(update={"name": 'said "so" \\ é \n\x7f', "cadence_days": {'Vice-Präsident "x"': 3.5}})

    assert parse_model(written(DEFAULT)) == DEFAULT
    assert parse_model(written(odd)) == odd
    assert next(iter(tomllib.loads(written(DEFAULT)))) == "name"


async def test_a_log_that_holds_a_kind_whose_file_is_gone_is_not_folded_anew_without_it(
    attune: Attune, connection: asyncpg.Connection
) -> None:
    await warm(connection, "ana")
    await connection.execute("insert into projector.forms values (10010, 'gift', 'outbound', '')")

    done = await attune("rebuild")

    assert done.returncode == 1
    assert "attune_own/kinds/gift.py: this database numbers gift outbound 10010" in done.stderr
