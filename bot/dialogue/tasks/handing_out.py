"""A stored piece of evidence, handed out in chat to those who may see it: its own agency, and who leads the bloc in
that season."""

from bot.dialogue.intents import ShowFile
from bot.dialogue.phrases import handing_out as phrases
from bot.dialogue.turn import Turn, said
from bot.dialogue.values import Filed, Place, Reply


def show(turn: Turn, intent: ShowFile) -> Reply:
    found = turn.facts.filed
    if found is None or not any(_may_see(place, found) for place in turn.places):
        return said(turn, phrases.no_such_file(intent.receipt))
    return said(turn, phrases.file(found))


def _may_see(place: Place, found: Filed) -> bool:
    own = place.role in ("focal", "deputy_focal", "leader") and place.agency_id == found.agency_id
    leads = place.leads and place.bloc_id == found.bloc_id
    return own or (leads and (place.role == "admin" or place.seat_in(found.year) is not None))
