"""The model in Postgres: applied by the projector, read by whoever judges."""

from datetime import datetime
from typing import Any

import orjson

from shared.alignment.model import Model
from shared.plumbing.fold_lock import hold_fold_lock

DAY_SECONDS = 86_400
LINES_OF_THE_READING = {
    "shallow_contact_min",
    "shallow_depth_max",
    "one_sided_contact_min",
    "one_sided_dialogue_max",
    "shaken_loss_min",
}
"""Those that `projector.read` knows; the others are judged by."""


async def live_model(connection: Any) -> tuple[int, Model] | None:
    """Return the version and the model in force; None before the first was applied."""
    row = await connection.fetchrow(
        "select version, definition from projector.models join projector.model using (version)",
    )
    return (row["version"], Model.model_validate_json(row["definition"])) if row else None


async def ensure_model(connection: Any, model: Model, applied_at: datetime) -> None:
    """Put the model in force if none is; processes that start together agree on one."""
    async with connection.transaction():
        await hold_fold_lock(connection)
        if await live_model(connection) is None:
            await put_in_force(connection, model, applied_at)


async def put_in_use(connection: Any, model: Model, applied_at: datetime) -> int:
    """Let every fold feed the model's states from now on, and return its version; nobody reads them yet."""
    version = await connection.fetchval(
        "insert into projector.models (name, definition, applied_at) values ($1, $2, $3) returning version",
        model.name,
        model.model_dump_json(),
        applied_at,
    )
    await connection.execute(
        "insert into projector.numbers select * from jsonb_populate_record(null::projector.numbers, $1)",
        orjson.dumps({"version": version} | numbers(model)).decode(),
    )
    await connection.copy_records_to_table(
        "model_weights",
        schema_name="projector",
        records=[(version, *weights) for weights in model.weight_table()],
    )
    # A table nobody analysed is planned for as if it were large, and the fold would crawl.
    await connection.execute("analyze projector.numbers, projector.model_weights, projector.models")
    return int(version)


async def put_in_force(connection: Any, model: Model, applied_at: datetime) -> int:
    """Make the model the one everyone reads by, with states still empty, and return its version."""
    version = await put_in_use(connection, model, applied_at)
    await switch(connection, version, None)
    await connection.execute("delete from projector.numbers where version <> $1", version)
    return version


async def switch(connection: Any, version: int, switched_at: datetime | None) -> None:
    """Read by this model from now on; what crossed a line under it by `switched_at` is no news."""
    await connection.execute(
        "insert into projector.in_force (version, switched_at) values ($1, $2) "
        "on conflict (only_one) do update set (version, switched_at) = row (excluded.version, excluded.switched_at)",
        version,
        switched_at,
    )


def numbers(model: Model) -> dict[str, Any]:
    """Return what fold and reading need as plain numbers, named as the columns of `projector.numbers`."""
    half_lives = {f"{name}_half_life": days * DAY_SECONDS for name, days in model.half_lives().items()}
    rules = model.reading
    return {
        **half_lives,
        "horizon": model.horizon.days * DAY_SECONDS,
        "breadth_exponent": model.dose.breadth_exponent,
        "broad_from": model.dose.broad_from,
        "day_most": model.dose.day_most,
        **{f"{name}_full": value for name, value in rules.full.model_dump().items()},
        **{f"{name}_most": value for name, value in rules.most.model_dump().items()},
        "cushion": rules.cushion,
        **model.bands.model_dump(),
        **model.evidence.model_dump(),
        "fading_line": model.lines.fading,
        **model.lines.model_dump(include=LINES_OF_THE_READING),
        "cadence_days": {role.lower(): days for role, days in model.cadence_days.items()},
        "strategic_levels": [level.lower() for level in model.organisation.strategic_levels],
        **{f"risk_{name}": value for name, value in model.risk.model_dump().items()},
    }
