"""From January to April two seasons are open, each with a head of its own: who leads one does not order about the
other."""

from collections.abc import Iterable

from bot.dialogue.intents import Intent, OnBehalf, WhoIsSilent
from bot.dialogue.orders.values import Nudge, Redate, Withdraw
from bot.dialogue.phrases import bloc as phrases
from bot.dialogue.turn import Turn, said
from bot.dialogue.values import Entry, Reply


def not_led(turn: Turn, intent: Intent) -> Reply | None:
    """The answer to words about a task of a season whose seat this chat's agency does not hold; None: go on."""
    if not turn.led:
        return None
    led = {(place.bloc_id, year) for place in turn.places if place.leads for year in place.years}
    named = [entry for entry in _named(turn, intent) if entry.bloc_id in turn.led]
    others = [entry for entry in named if (entry.bloc_id, entry.year) not in led]
    if not led or not others or len(others) < len(named):
        return None
    return said(turn, phrases.of_another_season(others[0].code, others[0].year, turn.places[0].head_title))


def _named(turn: Turn, intent: Intent) -> Iterable[Entry]:
    match intent:
        case OnBehalf(_, parts):
            return [entry for part in parts if part.target for entry in part.target.entries]
        case WhoIsSilent(target):
            return target.entries if target else ()
        case Redate(named) | Withdraw(named) | Nudge(named):
            wanted = {milestone for _, milestone in named.milestones} if named else set()
            return [entry for entry in turn.understood.book.entries if entry.milestone_id in wanted]
    return ()
