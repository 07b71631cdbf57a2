"""Which bloc an order is about, and what must be known before it is answered or carried out."""

from datetime import date, time

from bot.dialogue.intents import Understood
from bot.dialogue.orders.values import (
    AboutBroadcast,
    Announce,
    Assign,
    Completion,
    DeskNeeds,
    Named,
    Nudge,
    Order,
    Pause,
    Redate,
    Report,
    Seen,
    Withdraw,
)
from bot.dialogue.values import Needs, Place, Question

CONFIRM = "confirm_order"
"""The kind of question that `1` carries out."""


# --- look ---------------------------------------------------------------------------------------------------------


def needs(order: Order, understood: Understood) -> Needs:
    """What the reply to an order must know."""
    if isinstance(order, Seen):
        bloc = understood.places[0].bloc_id
        return Needs(desk=DeskNeeds(bloc, broadcast=order.number, mine=True))
    bloc_id = bloc_of(order, understood.places)
    return Needs() if bloc_id is None else _needs(order, bloc_id, understood)


def _needs(order: Order, bloc_id: int, understood: Understood) -> Needs:
    match order:
        case Completion(inner):
            return _needs(inner, bloc_id, understood)
        case Assign(_, due, _):
            on, at = (due.on, due.at) if due else (None, None)
            return Needs(desk=DeskNeeds(bloc_id, receivers=True, day=on, at=at))
        case Redate(named, due, _):
            milestone = _milestone(named, bloc_id)
            on, at = (due.on, due.at) if due else (None, None)
            return Needs(desk=DeskNeeds(bloc_id, receivers=True, day=on, at=at, milestone=milestone))
        case Withdraw(named):
            return Needs(desk=DeskNeeds(bloc_id, milestone=_milestone(named, bloc_id), hold=True))
        case Announce(_, _, due, rhythm):
            on, at = (due.on, due.at) if due else (None, None)
            return Needs(desk=DeskNeeds(bloc_id, receivers=True, day=on, at=at, rhythm=rhythm))
        case AboutBroadcast(_, number):
            return Needs(desk=DeskNeeds(bloc_id, receivers=True, broadcast=number or 0, hold=True))
        case Nudge():
            members = tuple(m.agency_id for m in understood.book.members if m.bloc_id == bloc_id)
            milestone = _milestone(order.named, bloc_id)
            return Needs(
                items_of=members,
                milestones=(milestone,) if milestone else (),
                desk=DeskNeeds(bloc_id, receivers=True, nudge=True),
            )
        case Pause(due):
            return Needs(desk=DeskNeeds(bloc_id, day=due.on if due else None))
        case Report():
            return Needs(desk=DeskNeeds(bloc_id, week=True, year=_year(bloc_id, understood.places)))
        case _:
            return Needs(desk=DeskNeeds(bloc_id))


def needs_of_confirmation(question: Question, understood: Understood) -> Needs:
    """What is looked at once more, held, when somebody confirms."""
    pending = question.pending
    if pending["deed"] == "names":
        year = _year(pending["bloc_id"], understood.places)
        return Needs(desk=DeskNeeds(pending["bloc_id"], week=True, year=year))
    on, at = _day(pending.get("due_on")), _hour(pending.get("due_time"))
    milestone = pending.get("milestone_id")
    return Needs(desk=DeskNeeds(pending["bloc_id"], receivers=True, day=on, at=at, milestone=milestone, hold=True))


def _year(bloc_id: int, places: tuple[Place, ...]) -> int:
    """The newest season whose head the chat speaks for in this bloc, else the newest that it leads; 0: whichever is the
    newest."""
    led = [place for place in places if place.leads and place.bloc_id == bloc_id]
    return max(((place.seat_in(year) == "head", year) for place in led for year in place.years), default=(False, 0))[1]


def bloc_of(order: Order, places: tuple[Place, ...]) -> int | None:
    """The bloc that an order is about: the one that is named, or the only one that the chat leads."""
    led = {place.bloc_id for place in places if place.leads}
    named = _blocs_named(order) & led
    found = named or led
    return next(iter(found)) if len(found) == 1 else None


def _blocs_named(order: Order) -> frozenset[int]:
    match order:
        case Completion(inner):
            return _blocs_named(inner)
        case Assign(_, _, whom) | Announce(_, whom, _, _):
            return whom.blocs if whom else frozenset()
        case Redate(named) | Withdraw(named):
            return _of(named)
        case Nudge(named, whom):
            return _of(named) if named else whom.blocs if whom else frozenset()
        case _:
            return frozenset()


def _of(named: Named | None) -> frozenset[int]:
    return frozenset(bloc for bloc, _ in named.milestones) if named else frozenset()


def _milestone(named: Named | None, bloc_id: int) -> int | None:
    found = [milestone for bloc, milestone in named.milestones if bloc == bloc_id] if named else []
    return found[0] if found else None


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None


def _hour(stored: str | None) -> time | None:
    return time.fromisoformat(stored) if stored else None
