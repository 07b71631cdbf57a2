"""An order is answered: by its kind, for those who lead the bloc, and once more when it is confirmed."""

from collections.abc import Callable
from typing import Any, get_args

from bot.dialogue.intents import YesNo
from bot.dialogue.orders import announcing, commissioning, nudging, reporting
from bot.dialogue.orders.confirming import kept
from bot.dialogue.orders.values import (
    AboutBroadcast,
    Announce,
    Assign,
    Completion,
    GiveTask,
    MakeBroadcast,
    MoveDate,
    Nudge,
    Order,
    Pause,
    Redate,
    Report,
    Resume,
    Seen,
    Withdraw,
)
from bot.dialogue.turn import Turn
from bot.dialogue.values import Question, Reply


def obey(turn: Turn, order: Order) -> Reply:
    if isinstance(order, Seen):
        return announcing.seen(turn, order)
    if not turn.led:
        return announcing.not_for_everybody(turn)
    if isinstance(order, Completion):
        return commissioning.cancelled(turn) if order.cancelled else obey(turn, order.order)
    return commissioning.no_bloc(turn, order) or _ANSWERS[type(order)](turn, order)


_ANSWERS: dict[type, Callable[[Turn, Any], Reply]] = {
    Assign: commissioning.give,
    Withdraw: commissioning.withdraw,
    Redate: commissioning.redate,
    Pause: commissioning.pause,
    Resume: commissioning.resume,
    Announce: announcing.announce,
    AboutBroadcast: announcing.about,
    Nudge: nudging.nudge,
    Report: reporting.report,
}
ORDERS: tuple[type, ...] = get_args(Order)


def confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    """`1` carries out what was previewed, if this chat still leads the bloc."""
    if question.pending["bloc_id"] not in turn.led:
        return announcing.not_for_everybody(turn)
    if not intent.yes:
        return commissioning.cancelled(turn)
    if question.pending["deed"] == "names":
        return reporting.with_names(turn)
    match kept(question.pending):
        case GiveTask() as deed:
            return commissioning.given(turn, deed)
        case MoveDate() as deed:
            return commissioning.moved(turn, deed, question.pending["seen"])
        case MakeBroadcast() as deed:
            return announcing.announced(turn, deed)
