"""The model in Postgres: applied by the projector, read by whoever judges."""

from datetime import datetime
from typing import Any

import orjson

from shared.alignment.model import Model

DAY_SECONDS = 86_400


async def live_model(connection: Any) -> tuple[int, Model] | None:
    """Return the version and the model in force; None before the first was applied."""
    row = await connection.fetchrow(
        "select version, definition from projector.models join projector.model using (version)",
    )
    return (row["version"], Model.model_validate_json(row["definition"])) if row else None


async def put_in_force(connection: Any, model: Model, applied_at: datetime) -> int:
    """Make the model the one in force and return its version; states must then be folded anew."""
    version = await connection.fetchval(
        "insert into projector.models (name, definition, applied_at) values ($1, $2, $3) returning version",
        model.name,
        model.model_dump_json(),
        applied_at,
    )
    await connection.execute("delete from projector.model")
    await connection.execute("delete from projector.weights")
    await connection.execute(
        "insert into projector.model select * from jsonb_populate_record(null::projector.model, $1)",
        orjson.dumps({"only_one": True, "version": version} | numbers(model)).decode(),
    )
    await connection.copy_records_to_table("weights", schema_name="projector", records=model.weight_table())
    return int(version)


def numbers(model: Model) -> dict[str, Any]:
    """Return what fold and reading need as plain numbers, named as the columns of `projector.model`."""
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
        "cadence_days": model.cadence_days,
    }
