"""The head's desk gives a task, moves a date, pauses the bloc: previewed, confirmed, told."""

from collections.abc import Sequence
from typing import Any

from bot.dialogue.orders import words as order_words
from bot.dialogue.orders.confirming import ask
from bot.dialogue.orders.needs import bloc_of
from bot.dialogue.orders.values import (
    Announce,
    Assign,
    DayView,
    DeskFacts,
    GiveTask,
    HoldBloc,
    MilestoneView,
    MoveDate,
    Order,
    Pause,
    Receiver,
    Redate,
    ReleaseBloc,
    Resume,
    TakeTaskBack,
    Whom,
    Withdraw,
)
from bot.dialogue.phrases import orders as phrases
from bot.dialogue.turn import Turn, asked, said
from bot.dialogue.values import Question, Reply
from models.wire import Say

# --- what several orders share ------------------------------------------------------------------------------------


def no_bloc(turn: Turn, order: Order) -> Reply | None:
    """The answer when it is not clear which bloc is meant."""
    if turn.facts.desk is not None and bloc_of(order, turn.places) is not None:
        return None
    return said(turn, phrases.which_bloc([place.slug for place in turn.places if place.leads]))


def desk_of(turn: Turn) -> DeskFacts:
    """What was looked up of the bloc; there is one by the time that an order is answered."""
    assert turn.facts.desk is not None
    return turn.facts.desk


def ask_part(turn: Turn, order: Assign | Redate | Announce | Pause, missing: str, say: Say) -> Reply:
    pending: dict[str, Any] = {"order": order_words.to_json(order), "missing": missing}
    return asked(turn, say, Question(order_words.PART, (), turn.facts.question_until, pending))


def cancelled(turn: Turn) -> Reply:
    return asked(turn, phrases.cancelled(), None)


def chosen(desk: DeskFacts, whom: Whom) -> tuple[Receiver, ...]:
    """The agencies that are meant."""
    return tuple(one for one in desk.receivers if whom.everybody or one.agency_id in whom.agencies)


def named_by_id(desk: DeskFacts, agencies: Sequence[int]) -> tuple[Receiver, ...]:
    return tuple(one for one in desk.receivers if not agencies or one.agency_id in agencies)


def _past(turn: Turn, view: DayView) -> bool:
    return view.deadline <= turn.facts.now


# --- giao việc ----------------------------------------------------------------------------------------------------


def give(turn: Turn, order: Assign) -> Reply:
    desk = desk_of(turn)
    if not order.text:
        return ask_part(turn, order, "text", phrases.ask_text())
    if len(order.text) > phrases.TITLE_LIMIT:
        return ask_part(turn, Assign("", order.due, order.whom), "text", phrases.title_too_long(len(order.text)))
    if order.due is None or order.due.on is None:
        say = phrases.impossible_day(order.due.impossible) if order.due and order.due.impossible else None
        return ask_part(turn, order, "due", say or phrases.ask_due(order.text))
    if desk.day is None or _past(turn, desk.day):
        return ask_part(turn, order, "due", phrases.past_day(order.due.on, order.due.at))
    if order.whom is None:
        return ask_part(turn, order, "whom", phrases.ask_whom(order.text, desk.receivers))
    receivers = chosen(desk, order.whom)
    if order.whom.unknown or not receivers:
        return ask_part(turn, order, "whom", phrases.unknown_agency(order.whom.unknown or "?", desk.receivers))
    agencies = () if order.whom.everybody else tuple(one.agency_id for one in receivers)
    deed = GiveTask(desk.bloc_id, order.text, order.due.on, order.due.at, agencies)
    return ask(turn, _give_preview(turn, deed, receivers), deed)


def _give_preview(turn: Turn, deed: GiveTask, receivers: Sequence[Receiver]) -> Say:
    desk = desk_of(turn)
    assert desk.day is not None
    sending = phrases.leaves(desk, turn.facts.now)
    return phrases.give_preview(deed.title, desk.day, deed.due_time, receivers, not deed.agencies, sending)


def given(turn: Turn, deed: GiveTask) -> Reply:
    """Confirmed: the day is looked at once more, as a preview may be a day old."""
    desk = desk_of(turn)
    if desk.day is None or _past(turn, desk.day):
        return asked(turn, phrases.past_day(deed.due_on, deed.due_time), None)
    receivers = named_by_id(desk, deed.agencies)
    sending = phrases.leaving(desk, turn.facts.now)
    say = phrases.given(deed.title, desk.day, deed.due_time, receivers, sending)
    return asked(turn, say, None, deeds=(deed,))


def withdraw(turn: Turn, order: Withdraw) -> Reply:
    view = desk_of(turn).milestone
    if view is None:
        return said(turn, phrases.unknown_code(order.named.code))
    if not view.ad_hoc or view.answered:
        return said(turn, phrases.not_taken_back(view))
    deed = TakeTaskBack(desk_of(turn).bloc_id, view.milestone_id)
    return said(turn, phrases.taken_back(view), deeds=(deed,))


# --- đổi hạn ------------------------------------------------------------------------------------------------------


def redate(turn: Turn, order: Redate) -> Reply:
    desk = desk_of(turn)
    view = desk.milestone
    if order.named is None:
        return ask_part(turn, order, "named", phrases.ask_milestone())
    if order.named.short:
        return asked(turn, phrases.not_of_one_agency(order.named.code, order.named.short.upper()), None)
    if view is None:
        return said(turn, phrases.unknown_code(order.named.code))
    if order.due is None or order.due.on is None:
        say = phrases.impossible_day(order.due.impossible) if order.due and order.due.impossible else None
        return ask_part(turn, order, "due", say or phrases.ask_new_date(view))
    if desk.day is None or _past(turn, desk.day):
        return ask_part(turn, order, "due", phrases.past_day(order.due.on, order.due.at))
    if (order.due.on, order.due.at) == (view.due_on, view.due_time):
        return said(turn, phrases.same_date(view))
    if not order.reason:
        return ask_part(turn, order, "reason", phrases.ask_reason(view))
    deed = MoveDate(desk.bloc_id, view.milestone_id, order.due.on, order.due.at, order.reason)
    return ask(turn, _move_preview(turn, deed, view), deed, seen=_seen(view))


def _seen(view: MilestoneView) -> list[str | None]:
    return [view.due_on.isoformat(), view.due_time.isoformat() if view.due_time else None]


def _move_preview(turn: Turn, deed: MoveDate, view: MilestoneView) -> Say:
    desk = desk_of(turn)
    assert desk.day is not None
    concerned = [one for one in desk.receivers if one.agency_id in view.still_open]
    sending = phrases.leaves(desk, turn.facts.now)
    return phrases.move_preview(view, desk.day, deed.due_time, deed.reason, concerned, sending)


def moved(turn: Turn, deed: MoveDate, seen: list[str | None]) -> Reply:
    """Confirmed: whoever changed the date since the preview is named, and the preview is shown anew."""
    desk = desk_of(turn)
    view = desk.milestone
    if view is None:
        return asked(turn, phrases.unknown_code("này"), None)
    if desk.day is None or _past(turn, desk.day):
        return asked(turn, phrases.past_day(deed.due_on, deed.due_time), None)
    if (deed.due_on, deed.due_time) == (view.due_on, view.due_time):
        return asked(turn, phrases.same_date(view), None)
    if _seen(view) != seen:
        preview = phrases.changed_meanwhile(view, _move_preview(turn, deed, view))
        return ask(turn, preview, deed, seen=_seen(view))
    concerned = [one for one in desk.receivers if one.agency_id in view.still_open]
    say = phrases.moved(view, desk.day, deed.due_time, concerned, phrases.leaving(desk, turn.facts.now))
    return asked(turn, say, None, deeds=(deed,))


# --- tạm dừng -----------------------------------------------------------------------------------------------------


def pause(turn: Turn, order: Pause) -> Reply:
    desk = desk_of(turn)
    if order.due is None or order.due.on is None:
        say = phrases.impossible_day(order.due.impossible, "20/6") if order.due and order.due.impossible else None
        return ask_part(turn, order, "due", say or phrases.ask_until())
    if desk.day is None or order.due.on < turn.facts.today or desk.day.resumes_at is None:
        return ask_part(turn, order, "due", phrases.past_day(order.due.on, None, "ngày"))
    deed = HoldBloc(desk.bloc_id, desk.day.ends_at)
    return asked(turn, phrases.paused(desk.bloc, order.due.on, desk.day.resumes_at), None, deeds=(deed,))


def resume(turn: Turn, order: Resume) -> Reply:
    desk = desk_of(turn)
    if not desk.held:
        return said(turn, phrases.not_paused(desk.bloc))
    return said(turn, phrases.resumed(desk.bloc), deeds=(ReleaseBloc(desk.bloc_id),))
