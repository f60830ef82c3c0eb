"""System: how far everything has come, and by which rules."""

from fastapi import APIRouter
from starlette.responses import Response

from services.console.gate import Connection, MeansOf, WholeOf
from services.console.render import page
from services.console.system import told

router = APIRouter()


@router.get("/system")
async def system(connection: Connection, means: MeansOf, visitor: WholeOf) -> Response:
    """Show lag, versions and the model in force."""
    return page("system.html", visitor=visitor, nav="system", **(await told(connection, means))._asdict())
