"""An order between its preview and its confirmation: kept with the question as JSON, and taken out again."""

from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any

from bot.dialogue.orders.needs import CONFIRM
from bot.dialogue.orders.values import GiveTask, MakeBroadcast, MoveDate
from bot.dialogue.turn import Turn, asked
from bot.dialogue.values import Question, Reply
from models.rules import rhythm
from models.wire import Say

Kept = GiveTask | MoveDate | MakeBroadcast
_NAMES: dict[type, str] = {GiveTask: "give", MoveDate: "move", MakeBroadcast: "broadcast"}


def ask(turn: Turn, preview: Say, deed: Kept, **seen: Any) -> Reply:
    """The preview, and the deed that `1` carries out. `seen` is what the preview was made from."""
    pending = {"deed": _NAMES[type(deed)], **{name: _plain(value) for name, value in asdict(deed).items()}, **seen}
    return asked(turn, preview, Question(CONFIRM, (), turn.facts.question_until, pending))


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def kept(pending: dict[str, Any]) -> Kept:
    """The deed that was previewed."""
    match pending["deed"]:
        case "give":
            return GiveTask(
                pending["bloc_id"],
                pending["title"],
                date.fromisoformat(pending["due_on"]),
                _time(pending["due_time"]),
                tuple(pending["agencies"]),
            )
        case "move":
            return MoveDate(
                pending["bloc_id"],
                pending["milestone_id"],
                date.fromisoformat(pending["due_on"]),
                _time(pending["due_time"]),
                pending["reason"],
            )
        case _:
            starts, repeats = pending["starts_at"], pending["rhythm"]
            return MakeBroadcast(
                pending["bloc_id"],
                pending["text"],
                tuple(pending["agencies"]),
                datetime.fromisoformat(starts) if starts else None,
                rhythm.read(f"{repeats[0]}:{repeats[1]}") if repeats else None,
            )


def _time(stored: str | None) -> time | None:
    return time.fromisoformat(stored) if stored else None
