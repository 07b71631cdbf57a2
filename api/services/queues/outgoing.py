"""Evidence on its way out: given to whoever sends the message that carries it, while it is being sent."""

from sqlalchemy import select
from sqlmodel import Session

from api.services import evidence
from models.queue import OUTBOX, is_in
from models.tables import Evidence
from models.wire import Attachment

_CARRIED = select(OUTBOX.c.file).where(is_in(OUTBOX, "claimed"))


def file_of(session: Session, row: int) -> Evidence | None:
    """The evidence that this message carries; None when it is not claimed, or carries nothing."""
    carried = session.execute(_CARRIED.where(OUTBOX.c.id == row)).scalar()
    found = evidence.find(session, Attachment.model_validate(carried).receipt) if carried else None
    return found.file if found else None
