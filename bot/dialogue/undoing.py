"""`hủy`: the updates of the last storing answer, or a receipt that was named, are taken back."""

from dataclasses import replace

from bot.dialogue.deciding import still
from bot.dialogue.intents import TakeBack
from bot.dialogue.phrases import answers as phrases
from bot.dialogue.turn import Turn, about, said
from bot.dialogue.values import Item, Question, Record, Reply
from models.rules.progress import Fact
from models.wire import Say


def take_back(turn: Turn, intent: TakeBack) -> Reply:
    if turn.talk.draft and not intent.receipts:
        return Reply((Say(text=phrases.draft_dropped()),), talk=replace(turn.talk, draft=(), question=None))
    if turn.question and turn.question.kind == "confirm_value" and not intent.receipts:
        return Reply((Say(text=phrases.not_confirmed(None)),), talk=replace(turn.talk, question=None))
    found = [(item, fact) for obligation, fact in turn.facts.undoable if (item := _may(turn, obligation, fact))]
    if not found:
        return said(turn, Say(text=phrases.nothing_to_undo(None)))
    records = tuple(Record(item.obligation_id, "undo", undoes_id=fact.id) for item, fact in found)
    items = {item.obligation_id: item for item, _ in found}
    lines = [
        phrases.undone(turn.label(item), still(item, [fact for one, fact in found if one is item]))
        for item in items.values()
    ]
    text = "\n".join([*lines, phrases.receipt_marks(len(records), turn.facts.now)])
    return Reply((Say(text=text),), records, replace(turn.talk, question=_question(turn, found[0][0])))


def _may(turn: Turn, obligation_id: int, fact: Fact) -> Item | None:
    """The task, when the update still counts and this chat may speak of it."""
    item = next((one for one in turn.facts.items if one.obligation_id == obligation_id), None)
    allowed = item is not None and (item.agency_id in turn.answering or item.bloc_id in turn.led)
    counts = item is not None and any(known.id == fact.id for known in item.standing.log)
    return item if allowed and counts and fact.kind != "undo" else None


def _question(turn: Turn, item: Item) -> Question | None:
    """Once taken back, the right figure may simply follow."""
    return about(turn, item) if item.agency_id in turn.answering else turn.question
