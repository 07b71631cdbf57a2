"""An edited message: what it had stored is taken back, and what it says now is stored instead, in one answer."""

from collections.abc import Sequence, Set
from dataclasses import replace

from bot.dialogue.intents import Answers
from bot.dialogue.phrases import correcting as phrases
from bot.dialogue.phrases import people
from bot.dialogue.tasks.answering import lines_of
from bot.dialogue.tasks.deciding import Line, Manner, Stored
from bot.dialogue.tasks.replying import remembering, reply
from bot.dialogue.turn import Turn, is_settled, said
from bot.dialogue.values import Item, Record, Reply
from models.rules.progress import Fact, stand
from models.wire import Say


def corrected(turn: Turn, intent: Answers) -> Reply:
    """What now cannot be stored outright is answered as anything else, and what stood before stays."""
    if not turn.answering:
        return said(turn, people.may_not_answer(turn.places))
    all_before = [
        (item, fact)
        for obligation, fact in turn.facts.corrected
        if (item := _mine(turn, obligation)) and not is_settled(item)
    ]
    as_if_new = without(turn, [fact for _, fact in all_before if fact.kind != "evidence"])
    lines = [line for part in intent.parts for line in lines_of(as_if_new, part, Manner())]
    stored = [line for line in lines if isinstance(line, Stored)]
    before = _spoken(all_before, {line.item.obligation_id for line in stored})
    if not before:
        return reply(turn, lines)
    if len(stored) < len(lines):
        kept = reply(turn, [line for line in lines if not isinstance(line, Stored)])
        first, *rest = kept.says
        return replace(kept, says=(phrases.kept_before(first), *rest))
    if _same(before, stored):
        return said(turn, phrases.unchanged())
    return _replacing(turn, before, stored)


def _spoken(before: Sequence[tuple[Item, Fact]], named: Set[int]) -> list[tuple[Item, Fact]]:
    """Files that had waited for this message are not its words: they stay with a task that it still names."""
    return [(item, fact) for item, fact in before if fact.kind != "evidence" or item.obligation_id not in named]


def taking_back(facts: Sequence[tuple[Item, Fact]]) -> tuple[Record, ...]:
    return tuple(Record(item.obligation_id, "undo", undoes_id=fact.id) for item, fact in facts)


def without(turn: Turn, gone: Sequence[Fact]) -> Turn:
    """The turn as if these updates had never been."""
    ids = {fact.id for fact in gone}

    def item_without(item: Item) -> Item:
        log = item.standing.log
        left = tuple(fact for fact in log if fact.id not in ids)
        return item if len(left) == len(log) else replace(item, standing=stand(item.ask, left))

    return replace(turn, mine=tuple(item_without(item) for item in turn.mine))


def _mine(turn: Turn, obligation_id: int) -> Item | None:
    return next((item for item in turn.mine if item.obligation_id == obligation_id), None)


def _same(before: Sequence[tuple[Item, Fact]], stored: Sequence[Stored]) -> bool:
    old = [
        (i.obligation_id, f.kind, f.percent, f.value, f.note, f.letter, f.letter_on, f.promise_on) for i, f in before
    ]
    new = [
        (r.obligation_id, r.kind, r.percent, r.value, r.note, r.letter, r.letter_on, r.promise_on)
        for line in stored
        for r in line.records
    ]
    return old == new


def _replacing(turn: Turn, before: Sequence[tuple[Item, Fact]], stored: Sequence[Stored]) -> Reply:
    undone = taking_back(before)
    records = tuple((line.item, record) for line in stored for record in line.records)
    told = [(item, turn.label(item), record) for item, record in records]
    renamed = {line.item.obligation_id for line in stored}
    others = [turn.label(item) for item in {item.obligation_id: item for item, _ in before}.values()
              if item.obligation_id not in renamed]  # fmt: skip
    lacks = [line.lacks for line in stored if line.lacks]
    text = phrases.corrected(told, others, len(undone), turn.facts.now, lacks)
    follow: list[Line] = [line for line in stored if line.question]
    question = follow[0].question if len(follow) == 1 and isinstance(follow[0], Stored) else turn.question
    return Reply(
        says=(Say(text=text),),
        deeds=(*undone, *(record for _, record in records)),
        talk=remembering(turn.talk, question),
    )
