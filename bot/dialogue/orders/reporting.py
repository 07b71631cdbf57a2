"""`/baocao`: the summary at any time, and the text for the bloc's group; with names when the head confirms it."""

from bot.dialogue.orders.commissioning import desk_of
from bot.dialogue.orders.needs import CONFIRM
from bot.dialogue.orders.values import AskForNames, NameInGroup, Report, WeekView
from bot.dialogue.phrases import digest as phrases
from bot.dialogue.turn import Turn, asked, said
from bot.dialogue.values import Question, Reply


def report(turn: Turn, order: Report) -> Reply:
    desk = desk_of(turn)
    if desk.week is None:
        return said(turn)
    if not order.names:
        return said(turn, phrases.summary(desk.week), phrases.to_paste(desk.week))
    if not desk.week.silent:
        return said(turn, phrases.nobody_to_name())
    if not _is_head(turn, desk.week):
        return said(turn, phrases.head_is_asked(desk.head_title), deeds=(AskForNames(desk.bloc_id, desk.week.year),))
    pending = {"deed": "names", "bloc_id": desk.bloc_id}
    question = Question(CONFIRM, (), turn.facts.question_until, pending)
    return asked(turn, phrases.ask_names(desk.head_title, desk.week), question)


def with_names(turn: Turn) -> Reply:
    desk = desk_of(turn)
    if desk.week is None:
        return said(turn)
    if not _is_head(turn, desk.week):
        return asked(turn, phrases.names_refused(desk.head_title), None)
    text = phrases.with_names(desk.week)
    return asked(turn, text, None, deeds=(NameInGroup(desk.bloc_id, desk.week.year, text.text),))


def _is_head(turn: Turn, week: WeekView) -> bool:
    mine = (place for place in turn.places if place.bloc_id == desk_of(turn).bloc_id)
    return any(place.role == "leader" and place.seat_in(week.year) == "head" for place in mine)
