"""Every page under its address."""

from fastapi import APIRouter, Depends

from services.console.gate import plain
from services.console.pages import (
    access,
    account,
    alert,
    alerts,
    initiatives,
    plan,
    signin,
    sources,
    stakeholder,
    stakeholders,
    system,
    today,
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(plain)])
for module in (
    signin,
    today,
    stakeholders,
    stakeholder,
    alerts,
    alert,
    initiatives,
    plan,
    sources,
    system,
    access,
    account,
):
    router.include_router(module.router)
