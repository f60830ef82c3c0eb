"""The plan: where the next hours do the most good, what was kept of it, and what came of that."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from services.console import planning, store
from services.console.api.documents import KeptPlan, KeptPlans, Plan, ToAccept, ToPlan, ToWithdraw
from services.console.gate import BriefOf, Connection, MeansOf, OperatorOf, VisitorOf, address_of, check_may
from services.console.listing import PAGE, PAGE_MAX
from services.console.planning import PLAN_MAX
from services.console.visitor import Role, Visitor
from shared.planning.ask import HOURS_MAX, HOURS_MIN, TOUCHES_MAX, WITHIN_DAYS_MAX
from shared.planning.document import document
from shared.plumbing import clock
from shared.plumbing.postgres import connected

router = APIRouter(tags=["plan"])

Number = Annotated[int, Path(ge=1, le=PLAN_MAX)]
Word = Annotated[str | None, Query(max_length=200)]


@router.get("/plan", response_model=Plan)
async def plan(
    means: MeansOf,
    visitor: BriefOf,
    hours: Annotated[float, Query(ge=HOURS_MIN, le=HOURS_MAX, allow_inf_nan=False)],
    owner: Word = None,
    initiative: Word = None,
    within_days: Annotated[int, Query(ge=1, le=WITHIN_DAYS_MAX)] = 14,
    touches: Annotated[int, Query(ge=1, le=TOUCHES_MAX, description="At most so many per person.")] = TOUCHES_MAX,
) -> Any:
    """Show whom to meet in the hours there are, how, when, and what each touch buys; nothing is kept."""
    ask = planning.asked(hours, within_days, owner, initiative, touches)
    return document(await planning.proposed(means, visitor, ask, clock.now()), None)


@router.post("/plan", response_model=Plan, status_code=HTTPStatus.CREATED)
async def keep(request: Request, to_plan: ToPlan, means: MeansOf, visitor: BriefOf) -> Any:
    """Plan, and keep it, so that lines can be accepted and what came of it be seen."""
    check_may(visitor, Role.OPERATOR)
    ask = planning.asked(to_plan.hours, to_plan.within_days, to_plan.owner, to_plan.initiative, to_plan.touches)
    now = clock.now()
    found = await planning.proposed(means, visitor, ask, now)
    async with connected(means.pool) as connection:
        return document(found, await planning.keep(connection, visitor, found, now, address_of(request)))


@router.get("/plans", response_model=KeptPlans)
async def plans(
    connection: Connection,
    visitor: VisitorOf,
    before: Annotated[int | None, Query(ge=1, le=PLAN_MAX, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE,
) -> Any:
    """List the plans that were kept, the latest first."""
    found = await store.rows(connection, "plans_kept", visitor.scope, before, limit + 1)
    return {"items": found[:limit], "next": found[limit - 1]["plan"] if len(found) > limit else None}


@router.get("/plan/{number}", response_model=KeptPlan)
async def one(number: Number, connection: Connection, visitor: VisitorOf) -> Any:
    """Show a plan that was kept, and what became of each line."""
    return await _kept(connection, visitor, number)


@router.post("/plan/{number}/accept", response_model=KeptPlan)
async def accept(
    request: Request, number: Number, to_accept: ToAccept, means: MeansOf, connection: Connection, visitor: OperatorOf
) -> Any:
    """Accept lines of a plan: they count as booked from now on."""
    await planning.accept(means, connection, visitor, number, to_accept.lines, clock.now(), address_of(request))
    return await _kept(connection, visitor, number)


@router.post("/plan/{number}/withdraw", response_model=KeptPlan)
async def withdraw(
    request: Request, number: Number, to_withdraw: ToWithdraw, connection: Connection, visitor: OperatorOf
) -> Any:
    """Take back the acceptance of lines of a plan: their people and hours are free again."""
    await planning.withdraw(connection, visitor, number, to_withdraw.lines, clock.now(), address_of(request))
    return await _kept(connection, visitor, number)


async def _kept(connection: Any, visitor: Visitor, number: int) -> dict[str, Any]:
    lines = await planning.kept_lines(connection, visitor, number)
    return (await store.one(connection, "plan_kept", number) or {}) | {"lines": lines}
