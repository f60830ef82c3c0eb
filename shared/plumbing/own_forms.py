"""Kinds of one's own in Postgres: their forms are numbered, and every model in use weighs them."""

from collections.abc import Iterable
from typing import Any

from shared.alignment.model import Model, with_own
from shared.errors import Refused
from shared.forms import FORMS, Form
from shared.own import find
from shared.plumbing.fold_lock import hold_fold_lock
from shared.plumbing.queries import query

PACKAGE = "shared.plumbing"


async def settle(connection: Any) -> None:
    """Let the database know every kind that has a file; raise Refused where it knows a kind otherwise.

    No touchpoint can be of a form that is new, so that weighing it in a model in use changes no state.
    """
    async with connection.transaction():
        await hold_fold_lock(connection)
        known = await proven(connection)
        if new := [form for form in FORMS if form.number not in known]:
            await connection.copy_records_to_table("forms", schema_name="projector", records=new)
            await weigh(connection, {form.number for form in new})


async def proven(connection: Any) -> set[int]:
    """Return the numbers that the log knows forms by; raise Refused where one of them means something else here."""
    known = [Form(*row) for row in await connection.fetch(query(PACKAGE, "forms"))]
    agree(known)
    return {form.number for form in known}


def agree(known: Iterable[Form]) -> None:
    """Raise Refused where what the log's numbers mean is not what they mean here."""
    ours = {form.number: form for form in FORMS}
    for form in known:
        if ours.get(form.number) != form:
            raise Refused(
                f"{find.file('kinds', form.kind)}: this database numbers {' '.join(form[1:]).strip()} {form.number}: "
                "the file must be there, as it was, for as long as the log is"
            )


async def weigh(connection: Any, new: set[int]) -> None:
    """Add the weights of the new forms to the models that touchpoints are folded by."""
    for row in await connection.fetch(query(PACKAGE, "models_in_use")):
        model = Model.model_validate(with_own(Model.model_validate_json(row["definition"]).model_dump()))
        await connection.execute(query(PACKAGE, "model_defined"), row["version"], model.model_dump_json())
        await connection.copy_records_to_table(
            "model_weights",
            schema_name="projector",
            records=[(row["version"], *weights) for weights in model.weight_table() if weights.form in new],
        )
