"""What one answer about one task becomes: a record, a read-back, a question, a word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from bot.dialogue.intents import Answer, Proxy
from bot.dialogue.phrases import answers as phrases
from bot.dialogue.phrases import rulings, tasks, wishes
from bot.dialogue.rulings.values import TellDesk
from bot.dialogue.turn import Turn, about
from bot.dialogue.values import Item, Question, Record
from models.rules import calendar, extension
from models.rules.progress import CLAIMS, Fact, stand
from models.wire import Choice

MOST_PERCENT = 300
Missing = Literal["evidence", "file"] | None


@dataclass(frozen=True, slots=True)
class Stored:
    item: Item
    records: tuple[Record, ...]
    lacks: str | None = None
    """What is still missing, or asked for, beside the receipt."""
    question: Question | None = None
    choices: tuple[Choice, ...] = ()
    complete: bool = False
    """Nothing more is asked about the task: its question is over."""
    told: tuple[TellDesk, ...] = ()
    """What the head's desk hears of it."""


@dataclass(frozen=True, slots=True)
class Asked:
    text: str
    question: Question | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadBack:
    """To be confirmed before it is stored; several are confirmed together."""

    item: Item
    answer: Answer
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    text: str


Line = Stored | Asked | ReadBack | Told


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer came: on behalf of an agency, already confirmed, to be read back in any case."""

    proxy: Proxy | None = None
    sure: bool = False
    read_back: bool = False


def decide(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line:
    answer = _settled(item, answer)
    if item.standing.state in ("confirmed", "waived") and answer.kind not in ("card", "acknowledged", "unclear"):
        return Told(rulings.settled(item, turn.label(item), turn.head_of(item)))
    if answer.kind in _OTHERWISE:
        return _OTHERWISE[answer.kind](turn, item, answer, manner)
    if item.standing.claimed and not manner.sure and (line := _after_a_claim(turn, item, answer, manner)):
        return line
    if answer.kind == "promise" and answer.on and (late := _promised_too_late(turn, item, answer.on)):
        return Told(late)
    record = _record(item, answer, manner)
    if not manner.sure and (doubt := _doubt(turn, item, record)):
        return ReadBack(item, answer, doubt)
    if manner.read_back and not manner.sure:
        return ReadBack(item, answer, phrases.reading_back(item, turn.label(item), record))
    return _stored(turn, item, record)


def _promised_too_late(turn: Turn, item: Item, on: date) -> str | None:
    """In its time a task is not promised for after it: that is an extension, and the head's to grant."""
    in_time = turn.facts.now <= item.deadline
    return wishes.promise_too_late(item, turn.label(item), on) if in_time and on > item.deadline.date() else None


def _after_a_claim(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line | None:
    """What was called done stays so until it is taken back: a second `xong` stores nothing, a `chưa xong` is asked."""
    label = turn.label(item)
    if answer.kind == "done":
        if item.standing.state in ("submitted", "confirmed"):
            return Told(phrases.already_done(item, label))
        lacks = phrases.lacks(item, label, item.standing.missing)
        return Asked(phrases.claimed_before(label, lacks), about(turn, item))
    if answer.kind == "promise" and not item.standing.is_open:
        return Told(phrases.already_done(item, label))
    if answer.kind == "progress" and answer.number is None and answer.note:
        return ReadBack(item, replace(answer, kind="undo", note=CLAIM), phrases.not_done_after_all(label, answer.said))
    return None


def says_nothing_new(item: Item, answer: Answer) -> bool:
    """Beside the file that a task still lacked: only its name, or once more that it is done."""
    return answer.kind == "card" or (answer.kind == "done" and item.standing.claimed and item.standing.is_open)


CLAIM = "claim"
"""An undo's note: the claim is taken back, whatever came after it."""


# --- figures ------------------------------------------------------------------------------------------------------


def _settled(item: Item, answer: Answer) -> Answer:
    """A figure or a fraction becomes progress, measured as its task is measured."""
    if answer.kind == "promise" and answer.of is not None and answer.of == item.ask.target:
        answer = replace(answer, kind="fraction")
    if answer.kind == "figure":
        return _settled_figure(item, answer)
    return _settled_fraction(item, answer) if answer.kind == "fraction" else answer


def _settled_figure(item: Item, answer: Answer) -> Answer:
    number = answer.number or 0
    as_percent = answer.percent or item.ask.target is None
    if as_percent and number > MOST_PERCENT:
        return replace(answer, kind="unclear", doubt="no_such_number")
    if answer.note and not answer.percent and item.ask.target is None:
        return replace(answer, kind="unclear", note=None)
    return Answer("progress", number=number, percent=as_percent, note=answer.note, said=answer.said)


def _settled_fraction(item: Item, answer: Answer) -> Answer:
    if item.ask.target is not None and answer.of == item.ask.target:
        return replace(answer, kind="progress", on=None, of=None)
    if answer.on is not None or item.ask.target is not None or not answer.of:
        return replace(answer, kind="unclear")
    share = 100 * (answer.number or 0) / answer.of
    return replace(answer, kind="progress", number=share, of=None, percent=True, note=answer.said)


def _record(item: Item, answer: Answer, manner: Manner) -> Record:
    percent = value = None
    if answer.kind == "progress" and answer.number is not None:
        percent = int(round(answer.number, 6)) if answer.percent else None
        value = None if answer.percent else answer.number
    if answer.kind == "same":
        percent, value = item.standing.percent, item.standing.value
    return Record(
        obligation_id=item.obligation_id,
        kind=answer.kind,
        percent=percent,
        value=value,
        note=answer.note,
        letter=answer.letter,
        letter_on=answer.letter_on,
        promise_on=answer.on if answer.kind == "promise" else None,
        proxy=manner.proxy,
    )


# --- read-backs ---------------------------------------------------------------------------------------------------


def _doubt(turn: Turn, item: Item, record: Record) -> str | None:
    """Why this must be read back once before it is stored."""
    label = turn.label(item)
    if record.kind != "same" and (record.percent is not None or record.value is not None):
        if _above(item, record):
            return phrases.above(item, label, record)
        if _falls(item, record):
            return phrases.falling(item, label, record)
    if other := _other_persons_word(turn, item, record):
        told = tasks.state(item)
        return phrases.differing(item, label, record, other.at, told)
    return None


def _above(item: Item, record: Record) -> bool:
    over = item.ask.target is not None and record.value is not None and record.value > item.ask.target
    return over or (record.percent is not None and record.percent > 100)


def _falls(item: Item, record: Record) -> bool:
    standing = item.standing
    if standing.claimed and not _full(item, record):
        return True
    if record.percent is not None and standing.percent is not None:
        return record.percent < standing.percent
    if record.value is not None and standing.value is not None:
        return record.value < standing.value
    return False


def _full(item: Item, record: Record | Fact) -> bool:
    reached = item.ask.target is not None and record.value is not None and record.value >= item.ask.target
    return reached or (record.percent is not None and record.percent >= 100)


def _other_persons_word(turn: Turn, item: Item, record: Record) -> Fact | None:
    """A colleague's last word of the last working day, when this one says otherwise."""
    last = item.standing.last
    if record.proxy or last is None or last.proxy or last.person_id is None:
        return None
    if last.person_id in turn.persons_of(item.agency_id) or not _recent(turn, last):
        return None
    return last if _differ(last, record) else None


def _recent(turn: Turn, fact: Fact) -> bool:
    days = 3 if turn.facts.today.weekday() == 0 else 1
    return turn.facts.now - fact.at <= timedelta(days=days)


def _differ(last: Fact, record: Record) -> bool:
    figures = (record.percent, record.value)
    if figures != (None, None) and (last.percent, last.value) != (None, None):
        return figures != (last.percent, last.value)
    if record.kind == last.kind == "promise":
        return record.promise_on != last.promise_on
    return record.kind in CLAIMS and last.kind == "difficulty"


# --- storing ------------------------------------------------------------------------------------------------------


def _stored(turn: Turn, item: Item, record: Record) -> Stored:
    label = turn.label(item)
    if record.kind in CLAIMS or _full(item, record):
        missing = missing_after(turn, item, record)
        question = about(turn, item) if missing and not record.proxy else None
        return Stored(item, (record,), phrases.lacks(item, label, missing), question, complete=not missing)
    if record.kind == "difficulty" and not record.note and not record.proxy:
        why = Question("difficulty", (item.obligation_id,), turn.facts.question_until)
        return Stored(item, (record,), phrases.what_difficulty(label), why)
    if record.kind == "progress" and record.percent is None and record.value is None and not record.note:
        return Stored(item, (record,), phrases.with_figure(label))
    if record.kind == "difficulty" and not record.proxy:
        told = TellDesk(item.obligation_id, rulings.difficulty(item, record.note))
        return Stored(item, (record,), told=(told,))
    return Stored(item, (record,))


def missing_after(turn: Turn, item: Item, *records: Record) -> Missing:
    """What the evidence rule still asks once these are stored."""
    facts = [_fact(turn, record, number) for number, record in enumerate(records)]
    return stand(item.ask, (*item.standing.log, *facts)).missing


def together(turn: Turn, lines: Sequence[Line]) -> list[Line]:
    """A claim that comes with its proof lacks nothing: what is missing is asked of all lines of a task at once."""
    proofs = {line.item.obligation_id: line.records for line in lines if isinstance(line, Stored) and _proves(line)}
    return [_with_proof(turn, line, proofs) for line in lines]


def _proves(line: Stored) -> bool:
    return any(record.file for record in line.records)


def _with_proof(turn: Turn, line: Line, proofs: dict[int, tuple[Record, ...]]) -> Line:
    if not isinstance(line, Stored) or _proves(line) or line.item.obligation_id not in proofs:
        return line
    if not any(record.kind in CLAIMS or _full(line.item, record) for record in line.records):
        return line
    missing = missing_after(turn, line.item, *proofs[line.item.obligation_id], *line.records)
    lacks = phrases.lacks(line.item, turn.label(line.item), missing)
    return replace(line, lacks=lacks, question=line.question if missing else None, complete=not missing)


def _fact(turn: Turn, record: Record, number: int) -> Fact:
    return Fact(
        id=-1 - number,
        kind=record.kind,
        at=turn.facts.now,
        percent=record.percent,
        value=record.value,
        letter=record.letter,
    )


# --- answers that are no plain record -----------------------------------------------------------------------------


def _acknowledged(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line:
    """Never more than a word: it must not end a promise, a difficulty or a claim that came before."""
    last = item.standing.last
    if last and (last.kind in ("promise", "difficulty") or item.standing.claimed):
        return Told(phrases.noted_before(turn.label(item)))
    return Stored(item, (_record(item, answer, manner),))


def _same(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line:
    if item.standing.claimed:
        return Told(phrases.noted_before(turn.label(item)))
    if item.standing.percent is None and item.standing.value is None:
        return Asked(phrases.nothing_before(turn.label(item)), about(turn, item))
    return Stored(item, (_record(item, answer, manner),))


def _card(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line:
    shown = tasks.card(item, turn.label(item))
    return Asked(shown.text, about(turn, item) if shown.choices else None, shown.choices)


def _unclear(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line:
    label = turn.label(item)
    if answer.of and answer.on is not None:
        return Asked(phrases.date_or_figure(item, label, answer), about(turn, item))
    if answer.of:
        return Asked(phrases.not_the_target(item, label, answer), about(turn, item))
    text = phrases.unclear(item, label, answer)
    with_menu = answer.doubt in (None, "contradiction")
    return Asked(text, about(turn, item), phrases.menu(label) if with_menu else ())


def still(item: Item, undone: Sequence[Fact]) -> str:
    """What stands once these updates are taken back."""
    gone = {fact.id for fact in undone}
    rest = tuple(fact for fact in item.standing.log if fact.id not in gone)
    return tasks.now_standing(replace(item, standing=stand(item.ask, rest)))


def _extension(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line:
    """Within the bloc's rule it goes to the head, who decides; until then nothing changes."""
    label, on, rule, today = turn.label(item), answer.on, turn.facts.extension, turn.facts.today
    latest = rule.latest(item.due_on, today, calendar.STANDARD)
    if why := extension.refused(rule, item.standing, item.due_on, latest, on, today):
        if why == "no_date" and answer.doubt:
            return Told(wishes.no_such_day(label))
        return Told(wishes.no_extension(item, label, why, latest, rule.times))
    assert on
    if not answer.note:
        return Told(wishes.extension_needs_reason(label, on))
    record = Record(item.obligation_id, "extension", note=answer.note, due_on=on, proxy=manner.proxy)
    if manner.read_back and not manner.sure:
        return ReadBack(item, answer, phrases.reading_back(item, label, record))
    wish = Fact(0, "extension", turn.facts.now, note=answer.note, due_on=on)
    text, choices = rulings.extension_wanted(item, wish)
    told = TellDesk(item.obligation_id, text, choices, decides=True)
    return Stored(item, (record,), wishes.extension_sent(label, on, turn.head_of(item)), complete=True, told=(told,))


def _undo(turn: Turn, item: Item, answer: Answer, manner: Manner) -> Line:
    last = _claim_of(item) if answer.note == CLAIM else item.standing.last
    if last is None:
        return Told(phrases.nothing_to_undo(turn.label(item)))
    others = last.person_id is not None and last.person_id not in turn.persons_of(item.agency_id)
    if others and not manner.proxy and not manner.sure:
        return ReadBack(item, answer, phrases.of_another_person(turn.label(item)))
    return Stored(
        item, (Record(item.obligation_id, "undo", undoes_id=last.id, proxy=manner.proxy),), still(item, [last])
    )


def _claim_of(item: Item) -> Fact | None:
    claims = (fact for fact in reversed(item.standing.facts) if fact.kind in CLAIMS or _full(item, fact))
    return next(claims, None)


_OTHERWISE: dict[str, Callable[[Turn, Item, Answer, Manner], Line]] = {
    "acknowledged": _acknowledged,
    "same": _same,
    "card": _card,
    "unclear": _unclear,
    "extension": _extension,
    "undo": _undo,
}
