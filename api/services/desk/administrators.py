"""The administrator as a person with a chat: who is told each morning whether the house is well."""

from datetime import datetime

from sqlmodel import Session

from api.refusals import Conflict
from api.services import invitations, seasons


def code(session: Session, bloc_id: int, wire_now: datetime) -> str:
    """A link code for the administrator's place, which belongs to the agency in the head's seat. The one given out
    before is dead. Raises Conflict when nobody heads the bloc yet."""
    heads = [agency for agency, kind in seasons.seats(session, bloc_id).items() if kind == "head"]
    if not heads:
        raise Conflict("no agency holds the head's seat yet: load a bloc file that names one")
    return invitations.new_code(session, bloc_id, heads[0], "admin", wire_now)
