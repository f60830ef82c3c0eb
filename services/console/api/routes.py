"""The API as an application of its own, so that its errors are problems and its description is complete."""

from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI, Security
from fastapi.security import HTTPBearer

from services.console import refusing
from services.console.api import access, alerts, house, muting, plan, relationships
from services.console.api.documents import Problem
from services.console.api.tags import Tags
from services.console.gate import plain
from services.console.means import Means

ABOUT = """What the console shows and does, for programs. Sign in with a token in the header `Authorization: Bearer`:
`attune console token NAME` grants one. A relationship is one stakeholder within one initiative. attune says how a
relationship is fed, never how good a person is at their work: it is not for judging employees."""
BEARER = HTTPBearer(auto_error=False, description="`attune console token NAME`")
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"content": {"application/problem+json": {"schema": Problem.model_json_schema()}}, "description": told}
    for status, told in {
        400: "The request breaks a rule; `detail` names the field, the value and the rule.",
        401: "Nobody is signed in.",
        403: "They may not do this.",
        404: "There is no such thing, or it is not theirs to see.",
        409: "Somebody else was faster.",
        422: "The request is not of the right form.",
        429: "Too many ask for this at the same time.",
        503: "Something that attune depends on does not answer.",
    }.items()
}


def application(means: Means) -> FastAPI:
    """Return the API around the console's means."""
    made = FastAPI(
        title="attune",
        version=version("attune"),
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        responses=REFUSALS,
        dependencies=[Depends(plain), Security(BEARER)],
    )
    made.state.means = means
    for module in (relationships, alerts, muting, plan, house, access):
        made.include_router(module.router)
    refusing.install_problems(made)
    made.add_middleware(Tags)
    return made
