"""For whoever watches the process; no token, no names."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy import func, select, text
from sqlmodel import Session, col

from api.house import House, house
from api.refusals import Unready
from models.tables import Address, Inbox, Outbox

router = APIRouter(tags=["health"])
Home = Annotated[House, Depends(house)]


@router.get("/livez")
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", responses={503: {"description": "The database or the store does not answer"}})
async def ready(home: Home) -> dict[str, str]:
    """The database and the store answer."""
    if home.closing:
        raise Unready("closing")
    try:
        await home.database.read(lambda session: session.execute(text("SELECT 1")).scalar())
    except Exception as error:
        raise Unready(f"the database does not answer: {type(error).__name__}") from error
    return {"status": "ready"}


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(home: Home) -> Response:
    """Prometheus: what was heard and sent, by state."""

    def read(session: Session) -> list[str]:
        sent = session.execute(
            select(col(Address.channel), col(Outbox.kind), col(Outbox.state), func.count())
            .join(Address, col(Address.id) == col(Outbox.address_id))
            .group_by(col(Address.channel), col(Outbox.kind), col(Outbox.state))
        )
        heard = session.execute(
            select(col(Inbox.channel), col(Inbox.state), func.count()).group_by(col(Inbox.channel), col(Inbox.state))
        )
        return [
            "# TYPE giaouoc_messages_total counter",
            *(f'giaouoc_messages_total{{channel="{c}",kind="{k}",state="{s}"}} {n}' for c, k, s, n in sent),
            "# TYPE giaouoc_heard_total counter",
            *(f'giaouoc_heard_total{{channel="{c}",state="{s}"}} {n}' for c, s, n in heard),
        ]

    lines = await home.database.read(read)
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")
