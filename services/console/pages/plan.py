"""The plan: whom to meet in the hours there are, what it buys, and what came of earlier plans."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from services.console import planning, store
from services.console.answers import Missing
from services.console.gate import BriefOf, Connection, MeansOf, OperatorOf, VisitorOf, address_of, check_may
from services.console.means import Means
from services.console.planning import asked
from services.console.render import page
from services.console.visitor import Role, Visitor
from shared.errors import Refused
from shared.planning.ask import HOURS_MAX, HOURS_MIN, Ask
from shared.planning.document import one_more_hour, summary
from shared.planning.ics import by_owner, calendar
from shared.plumbing import clock
from shared.plumbing.postgres import connected

router = APIRouter()

HOURS = 6.0
WITHIN = (7, 14, 28, 56)
EVERYONE = "*"
"""The hours of all owners of an initiative together."""
KEPT_SHOWN = 10
ACCEPTED = "Accepted line {}. Later plans and alerts count it as booked; put it into your calendar."
WITHDRAWN = "Withdrew line {}. Its people and its hour are free again; what is in your calendar, take out yourself."
Number = Annotated[int, Path(ge=1, le=planning.PLAN_MAX)]
Text = Annotated[str, Query(max_length=200)]
Field = Annotated[str, Form(max_length=200)]


@router.get("/plan")
async def plan(
    request: Request,
    means: MeansOf,
    visitor: BriefOf,
    owner: Text = "",
    initiative: Text = "",
    hours: Annotated[float, Query(allow_inf_nan=False)] = HOURS,
    within: int = 14,
    whole: bool = False,
) -> Response:
    """Show the form at once and let the browser ask for the plan, which may take seconds; without scripts, both."""
    choices = await _choices(means, visitor)
    if not choices["owners"]:
        return page("plan_none.html", visitor=visitor, nav="plan")
    chosen = _chosen(choices, visitor, owner, initiative)
    ask = asked(hours, within, None if chosen["owner"] == EVERYONE else chosen["owner"], chosen["initiative"])
    facts: dict[str, Any] = {
        "chosen": chosen | {"hours": hours, "within": within},
        "hours_range": (HOURS_MIN, HOURS_MAX),
        "is_drawn": whole,
    }
    if whole or request.headers.get("hx-target") == "plan":
        facts |= await _drawn(means, visitor, ask)
    if request.headers.get("hx-target") == "plan":
        return page("plan_body.html", visitor=visitor, **facts)
    async with connected(means.pool) as connection:
        kept = await store.rows(connection, "plans_kept", visitor.scope, None, KEPT_SHOWN)
    return page("plan.html", visitor=visitor, nav="plan", choices=choices, withins=WITHIN, kept=kept, **facts)


@router.post("/plan/accept")
async def accept_shown(
    request: Request,
    means: MeansOf,
    visitor: BriefOf,
    line: Annotated[int, Form(ge=1, le=10_000)],
    key: Annotated[str, Form(max_length=2000)],
    planned_at: Annotated[str, Form(max_length=40)],
    hours: Annotated[float, Form(allow_inf_nan=False)],
    within: Annotated[int, Form()],
    owner: Field = "",
    initiative: Field = "",
) -> Response:
    """Keep the plan that was shown, and accept one of its lines."""
    check_may(visitor, Role.OPERATOR)
    now, moment = clock.now(), _moment(planned_at)
    if not planning.is_fresh(moment, now):
        raise Refused("the plan was made long ago: load the page again")
    ask = asked(hours, within, None if owner == EVERYONE else owner, initiative)
    # The same input gives the same plan: nothing of what was shown has to be believed.
    found = await planning.proposed(means, visitor, ask, moment)
    planning.as_shown(found, line, key)
    async with connected(means.pool) as connection:
        # Both or nothing: where the line cannot be accepted, no plan is left behind.
        async with connection.transaction():
            number = await planning.keep(connection, visitor, found, now, address_of(request))
            await planning.accept(means, connection, visitor, number, [line], now, address_of(request))
        return await _after(request, connection, visitor, number, ACCEPTED.format(line))


@router.get("/plan/{number}")
async def kept(number: Number, connection: Connection, visitor: VisitorOf) -> Response:
    """Show a plan that was kept, and what came of it."""
    return page("plan_kept.html", visitor=visitor, nav="plan", **await _kept(connection, visitor, number))


@router.post("/plan/{number}/lines/{line}/accept")
async def accept(
    request: Request, number: Number, line: Number, means: MeansOf, connection: Connection, visitor: OperatorOf
) -> Response:
    """Accept one more line of a plan that was kept."""
    await planning.accept(means, connection, visitor, number, [line], clock.now(), address_of(request))
    return await _after(request, connection, visitor, number, ACCEPTED.format(line))


@router.post("/plan/{number}/lines/{line}/withdraw")
async def withdraw(
    request: Request, number: Number, line: Number, connection: Connection, visitor: OperatorOf
) -> Response:
    """Take back the acceptance of a line."""
    await planning.withdraw(connection, visitor, number, [line], clock.now(), address_of(request))
    return await _after(request, connection, visitor, number, WITHDRAWN.format(line))


@router.get("/plan/{number}/accepted.ics")
async def as_calendar(
    number: Number,
    connection: Connection,
    visitor: VisitorOf,
    line: Annotated[int | None, Query(ge=1)] = None,
    owner: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Save what was accepted, one line of it, or what is one owner's, for a calendar."""
    lines = await planning.kept_lines(connection, visitor, number)
    wanted = [its for its in lines if its.accepted_at and line in {None, its.line} and owner in {None, its.owner or ""}]
    if not wanted:
        raise Missing("nothing of this has been accepted")
    named = f"plan-{number}.ics" if line is None else f"plan-{number}-{line}.ics"
    headers = {"content-disposition": f'attachment; filename="{named}"'}
    return Response(calendar(wanted, clock.now()), headers=headers, media_type="text/calendar; charset=utf-8")


async def _choices(means: Means, visitor: Visitor) -> dict[str, list[str]]:
    async with connected(means.pool) as connection:
        owners = await store.rows(connection, "plan_owners", visitor.scope)
        facets = await store.one(connection, "facets", visitor.scope) or {"initiatives": []}
    return {"owners": [row["owner"] for row in owners], "initiatives": facets["initiatives"]}


def _chosen(choices: dict[str, list[str]], visitor: Visitor, owner: str, initiative: str) -> dict[str, str]:
    """Return whose hours: what is asked, else the visitor's own, else the first owner's."""
    mine = next((name for name in choices["owners"] if name.lower() == visitor.name.lower()), choices["owners"][0])
    whose = owner or mine
    needs_one = whose == EVERYONE and not initiative and choices["initiatives"]
    return {"owner": whose, "initiative": choices["initiatives"][0] if needs_one else initiative}


async def _drawn(means: Means, visitor: Visitor, ask: Ask) -> dict[str, Any]:
    now = clock.now()
    found = await planning.proposed(means, visitor, ask, now)
    return {
        "plan": found,
        "summary": summary(found),
        "one_more_hour": one_more_hour(found),
        "planned_at": now.isoformat(),
        "key_of": planning.key_of,
        "may_act": visitor.may(Role.OPERATOR),
    }


async def _kept(connection: Any, visitor: Visitor, number: int, done: str | None = None) -> dict[str, Any]:
    lines = await planning.kept_lines(connection, visitor, number)
    return {
        "plan": await store.one(connection, "plan_kept", number),
        "lines": lines,
        "owners": sorted(by_owner(its for its in lines if its.accepted_at)),
        "may_act": visitor.may(Role.OPERATOR),
        "now": clock.now(),
        "done": done,
    }


async def _after(request: Request, connection: Any, visitor: Visitor, number: int, done: str) -> Response:
    if request.headers.get("hx-request") != "true":
        return RedirectResponse(f"/plan/{number}", HTTPStatus.SEE_OTHER)
    answer = page("plan_kept_body.html", visitor=visitor, **await _kept(connection, visitor, number, done))
    answer.headers["hx-push-url"] = f"/plan/{number}"
    return answer


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(f"planned_at: {text!r} — must be the moment that the page was made") from None
