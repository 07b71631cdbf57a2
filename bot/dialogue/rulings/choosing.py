"""What a word of the head is about: what waits, what was named, and what is said where that is not there."""

from collections.abc import Sequence

from bot.dialogue.orders.values import Named
from bot.dialogue.phrases import answers, orders
from bot.dialogue.phrases import rulings as phrases
from bot.dialogue.reading.fold import fold
from bot.dialogue.rulings import rights
from bot.dialogue.turn import Turn
from bot.dialogue.values import Item
from models.wire import Say


def waiting(turn: Turn) -> list[Item]:
    """What waits for this chat's word, the longest first."""
    sent = [item for item in turn.facts.items if item.standing.state == "submitted" and rights.judge(turn, item)]
    return sorted(sent, key=lambda item: (item.standing.submitted_at or turn.facts.now, item.obligation_id))


def nothing_waits(turn: Turn) -> str:
    """And what waits for somebody else: the own agency's, and what was sent or recorded here."""
    sent = [item for item in turn.facts.items if item.standing.state == "submitted" and turn.follows(item)]
    return phrases.nothing_waits([item for item in sent if rights.judge(turn, item) is None])


def asking(turn: Turn) -> list[Item]:
    """The wishes for an extension that wait for this chat's word."""
    return [item for item in turn.facts.items if item.standing.extension_asked and rights.rules(turn, item)]


def which(turn: Turn, named: Named | None, verb: str, waits: Sequence[Item]) -> Say:
    """What was named is not there, or nothing was named: what it can be."""
    if named is None:
        return Say(text=phrases.which(verb, waits))
    if not named.milestones:
        return orders.unknown_code(named.code)
    if not named.short:
        meant = [item.short for item in waits if item.code == named.code]
        return Say(text=phrases.whose(verb, named.code, meant or _owing(turn, named)))
    led = [member for member in turn.understood.book.members if member.bloc_id in turn.led]
    if not any(fold(member.short) == named.short for member in led):
        return Say(text=phrases.no_such_agency(named.short.upper(), [member.short for member in led]))
    return Say(text=answers.not_theirs(written(named)))


def item_named(turn: Turn, named: Named | None, among: Sequence[Item] = ()) -> Item | None:
    """The obligation that `K5-STP` names, in a bloc that this chat leads; that `K5` names, when there is one of it
    among these, or only one agency owes it."""
    if named is None:
        return None
    wanted = {milestone for bloc, milestone in named.milestones if bloc in turn.led}
    owed = [item for item in turn.facts.items if item.milestone_id in wanted]
    if named.short:
        mine = [item for item in owed if fold(item.short) == named.short]
    else:
        mine = [item for item in among if item.milestone_id in wanted] or owed
    return mine[0] if len(mine) == 1 else None


def _owing(turn: Turn, named: Named) -> list[str]:
    milestones = {milestone for _, milestone in named.milestones}
    return [item.short for item in turn.facts.items if item.milestone_id in milestones and item.standing.is_open]


def written(named: Named) -> str:
    """`K5-STP`, `K5`."""
    return f"{named.code}-{named.short.upper()}" if named.short else named.code
