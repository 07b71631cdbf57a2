"""Which task is meant; when that is not sure, the question that finds it out."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bot.dialogue.intents import Answer, Pick, Target
from bot.dialogue.phrases import answers as phrases
from bot.dialogue.phrases.form import title
from bot.dialogue.tasks.deciding import Asked, Line, Told
from bot.dialogue.turn import Turn, due_now, is_open, urgent_first
from bot.dialogue.values import Item, Question
from models.wire import Choice

MOST_OFFERED = 8
ABOUT_ONE = ("item", "confirm_value", "difficulty")
"""Kinds of question about one named task."""


def resolve(turn: Turn, target: Target | None, answer: Answer, files: bool = False) -> Item | Line:
    if target is None:
        return _without_code(turn, answer, files)
    found = named_by(turn.mine, target)
    if len(found) == 1:
        return found[0]
    if found:
        opened = [item for item in found if is_open(item)]
        return opened[0] if len(opened) == 1 else which(turn, opened or found, answer, files)
    if target.entries:
        return Told(phrases.not_yours(target.code))
    return Told(phrases.unknown_code(target.code, _nearest(turn, target)))


def named_by(items: Sequence[Item], target: Target) -> list[Item]:
    wanted = {entry.milestone_id for entry in target.entries}
    found = [item for item in items if item.milestone_id in wanted]
    return [item for item in found if item.short.lower() == target.short] if target.short else found


def _nearest(turn: Turn, target: Target) -> str | None:
    wanted = _number(target.code) or 0
    numbered = [(abs(number - wanted), item) for item in turn.mine if (number := _number(item.code)) is not None]
    if not numbered:
        return f"{target.nearest.code} {target.nearest.title}" if target.nearest else None
    nearest = min(numbered, key=lambda pair: (pair[0], pair[1].due_on))[1]
    return phrases.named(nearest, turn.label(nearest))


def _number(code: str) -> int | None:
    return int(code[1:]) if code[1:].isdigit() else None


def _without_code(turn: Turn, answer: Answer, files: bool) -> Item | Line:
    if turn.replied:
        opened = [item for item in turn.replied if is_open(item)] or list(turn.replied)
        return opened[0] if len(opened) == 1 else which(turn, opened, answer, files)
    if (asked_about := in_question(turn)) and turn.question and turn.question.kind in ABOUT_ONE:
        return asked_about
    opened = likely(turn)
    if not opened:
        return Told(phrases.nothing_open())
    said_in_words = files or answer.percent or not answer.said.isdigit()
    return opened[0] if len(opened) == 1 and said_in_words else which(turn, opened, answer, files)


def likely(turn: Turn) -> list[Item]:
    """What something without a code may be for: what is due now, else all that is open; the most urgent first."""
    return due_now(turn.mine) or urgent_first(item for item in turn.mine if is_open(item))


def in_question(turn: Turn) -> Item | None:
    """The first task of this chat that the open question is about."""
    if turn.question is None:
        return None
    return next((item for item in turn.mine if item.obligation_id in turn.question.obligations), None)


# --- which? -------------------------------------------------------------------------------------------------------


def which(turn: Turn, items: Sequence[Item], answer: Answer, files: bool = False) -> Asked:
    """One question for all of it; what was half understood waits in it."""
    offered = list(items)[:MOST_OFFERED]
    pending: dict[str, Any] = {"answer": answer.to_json()} if answer.kind != "card" else {}
    files = files or bool(turn.talk.draft)
    if files:
        pending["files"] = True
    by_agency = len({item.code for item in offered}) < len(offered)
    if by_agency:
        pending["by"] = "agency"
    question = Question("which", tuple(item.obligation_id for item in offered), turn.facts.question_until, pending)
    if by_agency:
        choices = tuple(_agency_choice(number, item) for number, item in enumerate(offered, 1))
        return Asked(phrases.which_agency(phrases.named(offered[0], offered[0].code)), question, choices)
    labels = [turn.label(item) for item in offered]
    same = Counter(title(item) for item in offered)
    choices = tuple(
        Choice(key=label, label=_title(item, same), says=label) for label, item in zip(labels, offered, strict=True)
    )
    return Asked(phrases.which_task(labels, files=files, said=answer.said or None), question, choices)


def _title(item: Item, same: Counter[str]) -> str:
    """With its year where another season's has the same."""
    return f"{title(item)}, năm {item.year}" if same[title(item)] > 1 and item.year else title(item)


def _agency_choice(number: int, item: Item) -> Choice:
    return Choice(key=str(number), label=f"{item.agency}, {title(item)}", says=f"{item.code}-{item.short}")


def picked(turn: Turn, intent: Pick, question: Question) -> Item | None:
    """The task that answers "which?"; None when the answer fits none or several."""
    offered = [item for wanted in question.obligations for item in turn.mine if item.obligation_id == wanted]
    if intent.target is not None:
        found = named_by(offered, intent.target) or named_by(turn.mine, intent.target)
    elif intent.short is not None:
        found = [item for item in offered if item.short.lower() == intent.short]
    elif question.pending.get("by") == "agency":
        found = offered[intent.index - 1 : intent.index] if intent.index else []
    else:
        found = [item for item in offered if item.code == f"K{intent.index}"]
    return found[0] if len(found) == 1 else None
