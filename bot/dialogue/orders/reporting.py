"""`/baocao`: the summary at any time, and the text for the bloc's group; with names when the head confirms it."""

from bot.dialogue.orders.commissioning import desk_of
from bot.dialogue.orders.needs import CONFIRM
from bot.dialogue.orders.values import NameInGroup, Report
from bot.dialogue.phrases import digest as phrases
from bot.dialogue.turn import Turn, asked, said
from bot.dialogue.values import Question, Reply


def report(turn: Turn, order: Report) -> Reply:
    desk = desk_of(turn)
    if order.names:
        pending = {"deed": "names", "bloc_id": desk.bloc_id}
        is_head = any(p.role == "leader" and p.seat == "head" and p.bloc_id == desk.bloc_id for p in turn.places)
        say = phrases.ask_names(desk.head_title, is_head=is_head)
        return asked(turn, say, Question(CONFIRM, (), turn.facts.question_until, pending))
    if desk.week is None:
        return said(turn)
    return said(turn, phrases.summary(desk.week), phrases.to_paste(desk.week))


def with_names(turn: Turn) -> Reply:
    desk = desk_of(turn)
    if desk.week is None:
        return said(turn)
    return asked(turn, phrases.with_names(desk.week), None, deeds=(NameInGroup(desk.bloc_id),))
