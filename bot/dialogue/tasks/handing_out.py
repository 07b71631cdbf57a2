"""A stored piece of evidence, handed out in chat to those who may see it: its own agency, and who leads the bloc."""

from bot.dialogue.intents import ShowFile
from bot.dialogue.phrases import handing_out as phrases
from bot.dialogue.turn import Turn, said
from bot.dialogue.values import Reply


def show(turn: Turn, intent: ShowFile) -> Reply:
    found = turn.facts.filed
    own = {place.agency_id for place in turn.places if place.role in ("focal", "deputy_focal", "leader")}
    if found is None or not (found.agency_id in own or found.bloc_id in turn.led):
        return said(turn, phrases.no_such_file(intent.receipt))
    return said(turn, phrases.file(found))
