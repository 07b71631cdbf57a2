"""`/nhac`: what is reminded of now, whom that reaches, and who is left in peace."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from bot.dialogue.orders.commissioning import desk_of
from bot.dialogue.orders.values import DeskFacts, Nudge, Receiver, SendNudge
from bot.dialogue.phrases import nudges as phrases
from bot.dialogue.phrases import orders
from bot.dialogue.turn import Turn, is_open, said
from bot.dialogue.values import Item, Reply


def nudge(turn: Turn, order: Nudge) -> Reply:
    desk = desk_of(turn)
    if order.named and not order.named.milestones:
        return said(turn, orders.unknown_code(order.named.code))
    if order.whom and order.whom.unknown:
        return said(turn, orders.unknown_agency(order.whom.unknown, desk.receivers))
    items = _meant(turn, order)
    short = order.named.short if order.named else None
    if short and not any(one.short.lower() == short for one in desk.receivers):
        return said(turn, orders.unknown_agency(short, desk.receivers))
    exact = order.named is not None and (order.named.short is not None or order.whom is not None)
    promised = [] if exact else [item for item in items if _rests(item, turn.facts.today)]
    wanted = [item for item in items if item not in promised]
    if not wanted and not promised:
        return said(turn, phrases.nothing_open(_what(order)))
    if desk.held:
        return said(turn, orders.nobody_while_paused(desk.held_until))
    return _send(turn, desk, wanted, promised)


def _meant(turn: Turn, order: Nudge) -> list[Item]:
    """What is open and named; when nothing is named, all that is overdue."""
    items = [item for item in turn.facts.items if item.bloc_id == desk_of(turn).bloc_id and is_open(item)]
    if order.named:
        milestones = {milestone for _, milestone in order.named.milestones}
        items = [item for item in items if item.milestone_id in milestones]
        if order.named.short:
            items = [item for item in items if item.short.lower() == order.named.short]
    if order.whom and not order.whom.everybody:
        items = [item for item in items if item.agency_id in order.whom.agencies]
    if order.named is None:
        items = [item for item in items if item.bucket == "open_overdue"] or _due_now(items, order)
    return items


def _due_now(items: Iterable[Item], order: Nudge) -> list[Item]:
    """Of a named agency nothing is overdue: what is due within the week."""
    return [item for item in items if item.working_days_left <= 5] if order.whom else []


def _what(order: Nudge) -> str:
    code = order.named.code if order.named else None
    return code or "Đến nay"


def _rests(item: Item, today: date) -> bool:
    return item.standing.promise_on is not None and item.standing.promise_on >= today


def _send(turn: Turn, desk: DeskFacts, wanted: Sequence[Item], promised: Sequence[Item]) -> Reply:
    lately = {one.person_id: one.at for one in desk.nudged}
    by_agency: dict[int, list[Item]] = {}
    for item in wanted:
        by_agency.setdefault(item.agency_id, []).append(item)
    reached: list[tuple[Receiver, list[str]]] = []
    left: list[tuple[Receiver, datetime]] = []
    to: dict[int, list[int]] = {}
    for receiver in desk.receivers:
        items = by_agency.get(receiver.agency_id, [])
        fresh = [person for person in receiver.people if person not in lately]
        if items and receiver.people and not fresh:
            left.append((receiver, max(lately[person] for person in receiver.people)))
        elif items:
            reached.append((receiver, [item.code for item in items]))
        for person in fresh if items else ():
            to.setdefault(person, []).extend(item.obligation_id for item in items)
    waiting = [(f"{item.code}-{item.short}", item.standing.promise_on or item.due_on) for item in promised]
    at_once = desk.sends_at <= turn.facts.now
    say = phrases.sent(reached, left, waiting, len(to), orders.leaving(desk, turn.facts.now), now=at_once)
    deeds = (SendNudge(desk.bloc_id, tuple((p, tuple(ids)) for p, ids in to.items())),) if to else ()
    return said(turn, say, deeds=deeds)
