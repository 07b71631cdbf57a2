"""What the desk ordered and confirmed, carried out in the transaction that stores the message."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from api.services import holding
from api.services.desk import broadcasts, naming, notices, nudges, tasks
from bot.dialogue.orders.values import (
    AskForNames,
    CallAgain,
    GiveTask,
    HoldBloc,
    MakeBroadcast,
    MarkSeen,
    MoveDate,
    NameInGroup,
    OrderDeed,
    ReleaseBloc,
    ResumeBroadcast,
    SendNudge,
    StopBroadcast,
    TakeTaskBack,
)


def carry_out(
    session: Session, deed: OrderDeed, persons: Sequence[int], now: datetime, wire_now: datetime
) -> dict[str, str]:
    """Do it, and let what may leave now leave; returns what replaces marks in the reply's words.

    `persons` are those who speak in the chat, the one who leads the bloc first. `now` is covenant time.
    """
    words = _do(session, deed, persons, now)
    notices.send(session, now, wire_now)
    return words


def _do(session: Session, deed: OrderDeed, persons: Sequence[int], now: datetime) -> dict[str, str]:
    by = persons[0]
    match deed:
        case GiveTask():
            return {"{K}": tasks.give(session, deed, by, now)}
        case TakeTaskBack():
            tasks.take_back(session, deed.bloc_id, deed.milestone_id, by, now)
        case MoveDate():
            tasks.move(session, deed, by, now)
        case MakeBroadcast():
            return {"{TB}": str(_broadcast(session, deed, by, now))}
        case StopBroadcast(number):
            broadcasts.stop(session, number, now)
        case ResumeBroadcast(number):
            broadcasts.resume(session, number, now)
            broadcasts.begin(session, now)
        case CallAgain(number):
            broadcasts.call_again(session, number, now)
        case MarkSeen(number):
            broadcasts.mark_seen(session, number, persons, now)
        case SendNudge():
            nudges.send(session, deed, now)
        case HoldBloc(bloc_id, until):
            holding.hold_bloc(session, bloc_id, now, until, f"person:{by}")
        case ReleaseBloc(bloc_id):
            holding.release_bloc(session, bloc_id, now, f"person:{by}")
        case AskForNames():
            return {"{ASKED}": naming.ask(session, deed, now)}
        case NameInGroup():
            naming.name(session, deed, persons, now)
    return {}


def _broadcast(session: Session, deed: MakeBroadcast, by: int, now: datetime) -> int:
    number = broadcasts.make(
        session, deed.bloc_id, deed.text, f"person:{by}", now,
        agencies=deed.agencies, starts_at=deed.starts_at, rhythm=deed.rhythm,
    )  # fmt: skip
    broadcasts.begin(session, now)
    return number
