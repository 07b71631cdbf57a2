"""Broadcasts: previewed, confirmed, stopped, resumed, acknowledged, and called a second time."""

from dataclasses import replace

from bot.dialogue.orders.commissioning import ask_part, chosen, desk_of, named_by_id
from bot.dialogue.orders.confirming import ask
from bot.dialogue.orders.values import (
    AboutBroadcast,
    Announce,
    BroadcastView,
    CallAgain,
    MakeBroadcast,
    MarkSeen,
    ResumeBroadcast,
    Seen,
    StopBroadcast,
)
from bot.dialogue.phrases import broadcasts as phrases
from bot.dialogue.phrases import orders, people
from bot.dialogue.turn import Turn, asked, said
from bot.dialogue.values import Reply
from models.rules.rhythm import LAST_DAY


def announce(turn: Turn, order: Announce) -> Reply:
    if problem := _lacks(turn, order):
        return problem
    desk = desk_of(turn)
    receivers = chosen(desk, order.whom)
    if order.whom.unknown or not receivers:
        return ask_part(turn, order, "whom", orders.unknown_agency(order.whom.unknown or "?", desk.receivers))
    if not any(one.people for one in receivers):
        return asked(turn, phrases.nobody(receivers), None)
    timed = order.due is not None or order.rhythm is not None
    starts = desk.day.leaves_at if timed and desk.day else None
    agencies = () if order.whom.everybody else tuple(one.agency_id for one in receivers)
    deed = MakeBroadcast(desk.bloc_id, order.text, agencies, starts, order.rhythm)
    sending = orders.leaves(desk, turn.facts.now)
    preview = phrases.preview(order.text, receivers, order.whom.everybody, starts, order.rhythm, sending)
    return ask(turn, preview, deed)


def _lacks(turn: Turn, order: Announce) -> Reply | None:
    """What is missing or cannot be, asked for."""
    desk, due = desk_of(turn), order.due
    if not order.text:
        return ask_part(turn, order, "text", phrases.ask_text())
    if (length := utf16(order.text)) > phrases.LIMIT:
        return ask_part(turn, replace(order, text=""), "text", phrases.too_long(length))
    if order.rhythm and order.rhythm[0] == "monthly" and not 1 <= order.rhythm[1] <= LAST_DAY:
        return asked(turn, phrases.no_such_day(order.rhythm[1]), None)
    if order.rhythm and (due is None or due.at is None):
        order = replace(order, due=due)
        return ask_part(turn, order, "due", phrases.ask_hour())
    if due and due.impossible:
        return ask_part(turn, order, "due", orders.impossible_day(due.impossible))
    if due and (desk.day is None or desk.day.leaves_at is None):
        on = due.on or turn.facts.today
        return ask_part(turn, order, "due", orders.past_day(on, due.at, "thời điểm"))
    return None


def utf16(text: str) -> int:
    """Length as the strictest platforms count it."""
    return len(text.encode("utf-16-le")) // 2


def announced(turn: Turn, deed: MakeBroadcast) -> Reply:
    """Confirmed. An hour that has passed since the preview is as good as now."""
    desk = desk_of(turn)
    receivers = named_by_id(desk, deed.agencies)
    if deed.starts_at and deed.starts_at <= turn.facts.now and deed.rhythm is None:
        deed = replace(deed, starts_at=None)
    sending = orders.leaving(desk, turn.facts.now)
    return asked(turn, phrases.made(receivers, deed.starts_at, deed.rhythm, sending), None, deeds=(deed,))


# --- one that was made --------------------------------------------------------------------------------------------


def about(turn: Turn, order: AboutBroadcast) -> Reply:
    view = desk_of(turn).broadcast
    if view is None:
        return said(turn, phrases.unknown(order.number))
    match order.wish:
        case "stop":
            return _stop(turn, view)
        case "resume":
            return _resume(turn, view)
        case "again":
            return _again(turn, view)
        case _:
            return said(turn, phrases.unseen(view))


def _stop(turn: Turn, view: BroadcastView) -> Reply:
    over = view.begun and not view.repeats and all(got.state != "waiting" for got in view.got)
    if view.stopped or over:
        return said(turn, phrases.nothing_to_stop(view))
    return said(turn, phrases.stopped(view), deeds=(StopBroadcast(view.number),))


def _resume(turn: Turn, view: BroadcastView) -> Reply:
    if not view.stopped:
        return said(turn, phrases.not_stopped(view))
    if view.begun and not any(got.state == "waiting" for got in view.got):
        return said(turn, phrases.nothing_left(view), deeds=(ResumeBroadcast(view.number),))
    later = not view.begun and view.starts_at > turn.facts.now
    sending = phrases.at(view.starts_at) if later else orders.leaving(desk_of(turn), turn.facts.now)
    return said(turn, phrases.going_on(view, sending), deeds=(ResumeBroadcast(view.number),))


def _again(turn: Turn, view: BroadcastView) -> Reply:
    if view.again_at:
        return said(turn, phrases.called_before(view))
    count = sum(got.state in phrases.UNANSWERED for got in view.got)
    if not count or view.stopped:
        return said(turn, phrases.unseen(view) if view.stopped else phrases.everybody_saw(view))
    sending = orders.leaving(desk_of(turn), turn.facts.now)
    return said(turn, phrases.called_again(view, count, sending), deeds=(CallAgain(view.number),))


def seen(turn: Turn, order: Seen) -> Reply:
    """*Đã nhận thông tin*, by somebody whom the broadcast was sent to."""
    view = turn.facts.desk.broadcast if turn.facts.desk else None
    if view is None:
        return said(turn, phrases.unknown(order.number))
    return asked(turn, phrases.seen(order.number, turn.facts.now), None, deeds=(MarkSeen(order.number),))


def not_for_everybody(turn: Turn) -> Reply:
    return said(turn, people.for_the_head_only(turn.places[0].head_title))
