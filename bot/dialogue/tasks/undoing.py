"""`hủy`: the updates of the last storing answer, or a receipt that was named, are taken back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.dialogue.intents import TakeBack
from bot.dialogue.phrases import answers as phrases
from bot.dialogue.phrases import bloc, rulings
from bot.dialogue.rulings import rights
from bot.dialogue.rulings.values import TellAgency
from bot.dialogue.tasks.deciding import still
from bot.dialogue.turn import Turn, about, said
from bot.dialogue.values import Item, Question, Record, Reply
from models.rules.progress import RULINGS, Fact
from models.wire import Say


def take_back(turn: Turn, intent: TakeBack) -> Reply:
    if turn.talk.draft and not intent.receipts:
        return Reply((Say(text=phrases.draft_dropped()),), talk=replace(turn.talk, draft=(), question=None))
    if turn.question and turn.question.kind == "confirm_value" and not intent.receipts:
        return Reply((Say(text=phrases.not_confirmed(None)),), talk=replace(turn.talk, question=None))
    found = [(item, fact) for obligation, fact in turn.facts.undoable if (item := _may(turn, obligation, fact))]
    if not found:
        return said(turn, _refused(turn))
    records = tuple(Record(item.obligation_id, "undo", undoes_id=fact.id) for item, fact in found)
    items = {item.obligation_id: item for item, _ in found}
    lines = [_undone(turn, item, [fact for one, fact in found if one is item]) for item in items.values()]
    text = "\n".join([*lines, phrases.receipt_marks(len(records), turn.facts.now)])
    told = tuple(_told(turn, item, fact) for item, fact in found if fact.kind in RULINGS)
    return Reply((Say(text=text),), (*records, *told), replace(turn.talk, question=_question(turn, found[0][0])))


def _undone(turn: Turn, item: Item, gone: Sequence[Fact]) -> str:
    ruled = [fact for fact in gone if fact.kind in RULINGS]
    if ruled:
        return rulings.undone(item, ruled[-1].kind, _due_again(turn, item, ruled[-1]))
    return phrases.undone(turn.label(item), still(item, gone))


def _due_again(turn: Turn, item: Item, gone: Fact) -> date:
    """The date in force without this ruling: of the extension before it, else the milestone's own."""
    entries = turn.understood.book.entries
    own = next((one.due_on for one in entries if one.milestone_id == item.milestone_id), None)
    return item.standing.due_without(gone.id) or own or item.due_on


VERDICTS = ("confirmed", "returned")
WITHIN = timedelta(minutes=1)
"""So long a verdict may be taken back: after that the agency works on with it."""


def _may(turn: Turn, obligation_id: int, fact: Fact) -> Item | None:
    """The task, when the update still counts and this chat may speak of it."""
    item = next((one for one in turn.facts.items if one.obligation_id == obligation_id), None)
    if item is None or fact.kind == "undo" or all(known.id != fact.id for known in item.standing.log):
        return None
    if fact.kind in RULINGS:
        too_late = fact.kind in VERDICTS and turn.facts.now - fact.at > WITHIN
        return item if rights.rules(turn, item) and not too_late else None
    settled = item.standing.state in ("confirmed", "waived")
    allowed = item.agency_id in turn.answering or turn.follows(item)
    return item if allowed and not settled else None


def _refused(turn: Turn) -> Say:
    """Why nothing is taken back."""
    items = {item.obligation_id: item for item in turn.facts.items}
    known = [(items[obligation], fact) for obligation, fact in turn.facts.undoable if obligation in items]
    for item, fact in known:
        if item.agency_id not in turn.answering and not turn.follows(item):
            return bloc.of_another_season(item.code, item.year, turn.head_of(item))
        if fact.kind in RULINGS and rights.rules(turn, item):
            return Say(text=rulings.too_late(item))
        if item.standing.state in ("confirmed", "waived"):
            return Say(text=rulings.settled(item, turn.label(item), turn.head_of(item)))
    return Say(text=phrases.nothing_to_undo(None))


def _told(turn: Turn, item: Item, fact: Fact) -> TellAgency:
    """Whoever had heard of it hears that it no longer stands."""
    text = rulings.told_taken_back(item, turn.head_of(item), fact.kind, _due_again(turn, item, fact))
    return TellAgency(item.obligation_id, text, undoes=fact.id)


def _question(turn: Turn, item: Item) -> Question | None:
    """Once taken back, the right figure may simply follow."""
    return about(turn, item) if item.agency_id in turn.answering else turn.question
