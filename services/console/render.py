"""Templates to pages."""

from functools import cache
from http import HTTPStatus
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from services.console import pictures, wording
from services.console.assets import address
from shared.plumbing import clock


@cache
def environment() -> Environment:
    """Return where templates are found, with the words they use."""
    made = Environment(
        loader=PackageLoader("services.console"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"asset": address, "spark": pictures.spark, "shares": pictures.shares}
    made.filters.update(wording.FILTERS)
    return made


def page(template: str, *, status: HTTPStatus = HTTPStatus.OK, **facts: Any) -> HTMLResponse:
    """Return a page, or a part of one."""
    return HTMLResponse(environment().get_template(template).render(facts | {"now": clock.now()}), status)
