"""Every page under its address."""

from fastapi import APIRouter

from services.console.pages import alert, initiatives, signin, sources, stakeholder, stakeholders, system, today

router = APIRouter(include_in_schema=False)
for module in (signin, today, stakeholders, stakeholder, alert, initiatives, sources, system):
    router.include_router(module.router)
