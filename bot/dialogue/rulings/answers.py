"""The head and its desk on what was sent and asked: walked through, confirmed, asked to be completed, extended, waived.

Who may is told in `rights.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue.intents import Understood, YesNo
from bot.dialogue.orders.values import Named
from bot.dialogue.phrases import answers, orders, wishes
from bot.dialogue.phrases import rulings as phrases
from bot.dialogue.reading.fold import fold
from bot.dialogue.rulings import choosing, rights
from bot.dialogue.rulings.choosing import asking, item_named, nothing_waits, waiting, which
from bot.dialogue.rulings.values import (
    AT_LENGTH,
    BULK,
    EXTENSION,
    REASON,
    REVIEW,
    AtLength,
    Confirm,
    DecideExtension,
    Inspect,
    Return,
    Ruling,
    Sent,
    TellAgency,
    TellDesk,
    Waive,
    WhyStill,
    WriteTo,
)
from bot.dialogue.tasks.resolving import in_question
from bot.dialogue.turn import Turn, asked, due_now, said
from bot.dialogue.values import Item, Needs, Question, Record, Reply
from models.rules.progress import Fact
from models.wire import Say

# --- look ---------------------------------------------------------------------------------------------------------


def needs(intent: Ruling, understood: Understood) -> Needs:
    """Everything of the blocs that this chat leads; an agency's own tasks when it wonders about a reminder."""
    if isinstance(intent, WhyStill):
        return Needs(items_of=tuple({place.agency_id for place in understood.places if place.answers} - {None}))  # type: ignore[arg-type]
    return needs_of_led(understood)


def needs_of_led(understood: Understood) -> Needs:
    led = {place.bloc_id for place in understood.places if place.leads}
    agencies = tuple(member.agency_id for member in understood.book.members if member.bloc_id in led)
    return Needs(items_of=agencies, rulings=bool(agencies))


# --- answer -------------------------------------------------------------------------------------------------------


def answer(turn: Turn, intent: Ruling) -> Reply:
    if isinstance(intent, WhyStill):
        return _why_still(turn, intent)
    if not turn.led:
        return said(turn, Say(text=phrases.for_the_head(turn.places[0].head_title)))
    return _ANSWERS[type(intent)](turn, intent)


def _inspect(turn: Turn, intent: Inspect) -> Reply:
    skipped = _skipped(turn) if intent.later else ()
    if intent.later and (item := _open(turn, REVIEW, REASON)):
        skipped = (*skipped, item.obligation_id)
    return _next(turn, "", skipped)


def _next(turn: Turn, before: str, skipped: Sequence[int], gone: Sequence[int] = ()) -> Reply:
    """The next one that waits, after the sentence `before`."""
    left = [item for item in waiting(turn) if item.obligation_id not in {*skipped, *gone}]
    skipped = tuple(one for one in skipped if one not in gone)
    if not left:
        text = phrases.put_off(len(skipped)) if skipped else nothing_waits(turn) if not before else ""
        return asked(turn, Say(text=f"{before}\n{text}".strip()), None)
    files = _files(turn, left[0])
    shown = phrases.one(left[0], len(left) - 1, len(skipped), files, _sender(turn, left[0]))
    pending = {"skipped": list(skipped), "files": [file.receipt for file in files[-phrases.FILES :]]}
    question = Question(REVIEW, (left[0].obligation_id,), turn.facts.question_until, pending)
    return asked(turn, Say(text=f"{before}\n\n{shown.text}".strip(), choices=shown.choices), question)


def _skipped(turn: Turn) -> tuple[int, ...]:
    return tuple(turn.question.pending.get("skipped", ())) if turn.question else ()


def _open(turn: Turn, *kinds: str) -> Item | None:
    """What the open question is about, when it is of one of these kinds."""
    if turn.question is None or turn.question.kind not in (*kinds, AT_LENGTH):
        return None
    wanted = turn.question.obligations
    return next((item for item in turn.facts.items if item.obligation_id in wanted), None)


def _meant(turn: Turn, named: Named | None, waits: Sequence[Item], *kinds: str) -> Item | None:
    """What was named, else what is asked about; a code alone is the one that is asked about, or that waits."""
    opened = _open(turn, *kinds)
    if named is None or (opened and not named.short and opened.code == named.code):
        return opened
    return item_named(turn, named, waits)


def _confirm(turn: Turn, intent: Confirm) -> Reply:
    if intent.everything:
        return _several(turn, waiting(turn))
    only = intent.named[0] if len(intent.named) == 1 and intent.named[0].short else None
    if intent.agencies or (intent.named and not only):
        return _of_several_names(turn, intent)
    item = item_named(turn, only) if only else _open(turn, REVIEW, REASON)
    if item is None:
        return said(turn, which(turn, only, "xác nhận", waiting(turn)))
    if refused := _why_not(turn, item):
        return said(turn, Say(text=refused))
    deeds = (_verdict(turn, item, "confirmed"), _told(turn, item, phrases.told_confirmed(item, _head(turn, item))))
    return _going_on(turn, phrases.confirmed([item]), item, deeds)


def _of_several_names(turn: Turn, intent: Confirm) -> Reply:
    """`xác nhận K5`, `xác nhận K5-STP, K7-TTT`, `xác nhận STP`: after a preview."""
    if unknown := next((one for one in intent.named if not one.milestones), None):
        return said(turn, orders.unknown_code(unknown.code))
    waits = waiting(turn)
    found = [item for item in waits if _is_meant(item, intent)]
    if not found and waits:
        shorts = sorted({_short(turn, agency_id) for agency_id in intent.agencies})
        codes = [choosing.written(one) for one in intent.named] or shorts
        return said(turn, Say(text=phrases.nothing_of_it(", ".join(codes), waits)))
    return _several(turn, found)


def _is_meant(item: Item, intent: Confirm) -> bool:
    of_name = (one.code == item.code and one.short in (None, fold(item.short)) for one in intent.named)
    return item.agency_id in intent.agencies or any(of_name)


def _short(turn: Turn, agency_id: int) -> str:
    return next(member.short for member in turn.understood.book.members if member.agency_id == agency_id)


def _several(turn: Turn, items: Sequence[Item]) -> Reply:
    if not items:
        return said(turn, Say(text=nothing_waits(turn)))
    question = Question(BULK, tuple(item.obligation_id for item in items), turn.facts.question_until)
    return asked(turn, phrases.preview(items), question)


def confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    """The answer to a preview: what still waits of it is confirmed."""
    if not intent.yes:
        return asked(turn, Say(text=phrases.left_alone()), None)
    items = [item for item in waiting(turn) if item.obligation_id in question.obligations]
    others = [_why_not(turn, item) for item in turn.facts.items if item.obligation_id in question.obligations]
    before = "\n".join(filter(None, others))
    if not items:
        return asked(turn, Say(text=before or nothing_waits(turn)), None)
    records = [_verdict(turn, item, "confirmed") for item in items]
    told = [_told(turn, item, phrases.told_confirmed(item, _head(turn, item))) for item in items]
    text = f"{phrases.confirmed(items)}\n{before}".strip()
    return asked(turn, Say(text=text), None, deeds=(*records, *told))


def _return(turn: Turn, intent: Return) -> Reply:
    item = _meant(turn, intent.named, waiting(turn), REVIEW, REASON)
    if item is None:
        return said(turn, which(turn, intent.named, "bổ sung", waiting(turn)))
    if refused := _why_not(turn, item):
        return said(turn, Say(text=refused))
    if not intent.reason:
        pending = {"skipped": list(_skipped(turn))}
        question = Question(REASON, (item.obligation_id,), turn.facts.question_until, pending)
        return asked(turn, phrases.reasons(item), question)
    files = _files(turn, item)
    newest = phrases.of_file(files[-1]) if files else None
    text = phrases.told_returned(item, _head(turn, item), intent.reason, newest)
    deeds = (_verdict(turn, item, "returned", intent.reason), replace(_told(turn, item, text), asks=True))
    return _going_on(turn, phrases.returned(item, intent.reason), item, deeds)


def _going_on(turn: Turn, text: str, item: Item, deeds: Sequence[Any]) -> Reply:
    """While somebody walks through what waits, the next one follows."""
    if not _walks(turn):
        return asked(turn, Say(text=text), None, deeds=deeds)
    return replace(_next(turn, text, _skipped(turn), (item.obligation_id,)), deeds=tuple(deeds))


def _walks(turn: Turn) -> bool:
    question = turn.question
    return question is not None and (question.kind in (REVIEW, REASON) or bool(question.pending.get("walks")))


def _at_length(turn: Turn, intent: AtLength) -> Reply:
    """What may be done is read back first; what is refused is refused at once."""
    ruling = intent.ruling
    reply = _ANSWERS[type(ruling)](turn, ruling)
    told = next((deed for deed in reply.deeds if isinstance(deed, TellAgency)), None)
    item = next((item for item in turn.facts.items if told and item.obligation_id == told.obligation_id), None)
    if item is None:
        return reply
    pending = {
        "said": _SAID[type(ruling)], "yes": getattr(ruling, "yes", True), "reason": ruling.reason,
        "walks": _walks(turn), "skipped": list(_skipped(turn)),
    }  # fmt: skip
    question = Question(AT_LENGTH, (item.obligation_id,), turn.facts.question_until, pending)
    return asked(turn, phrases.read_back(item, ruling), question)


_SAID: dict[type, str] = {Return: "return", Waive: "waive", DecideExtension: "extension"}


def said_at_length(turn: Turn, intent: YesNo, question: Question) -> Reply:
    """The answer to what was read back."""
    if not intent.yes:
        return asked(turn, orders.cancelled(), None)
    reason = question.pending["reason"]
    match question.pending["said"]:
        case "return":
            return _return(turn, Return(None, reason))
        case "waive":
            return _waive(turn, Waive(None, reason))
        case _:
            return _extension(turn, DecideExtension(question.pending["yes"], None, reason))


def _waive(turn: Turn, intent: Waive) -> Reply:
    item = item_named(turn, intent.named) if intent.named else _open(turn)
    if item is None:
        return said(turn, which(turn, intent.named, "miễn", ()))
    if not rights.heads(turn, item):
        return said(turn, Say(text=rights.not_mine(turn, item) or phrases.for_the_head(turn.head_of(item))))
    if not item.standing.is_open:
        return said(turn, Say(text=phrases.not_waived(item)))
    if not intent.reason:
        return said(turn, Say(text=phrases.reason_wanted(item)))
    told = _told(turn, item, phrases.told_waived(item, _head(turn, item), intent.reason))
    record = Record(item.obligation_id, "waived", note=intent.reason)
    return asked(turn, Say(text=phrases.waived(item, intent.reason)), None, deeds=(record, told))


def _extension(turn: Turn, intent: DecideExtension) -> Reply:
    item = _meant(turn, intent.named, asking(turn), EXTENSION)
    if item is None:
        verb = "đồng ý gia hạn" if intent.yes else "không đồng ý gia hạn"
        return said(turn, which(turn, intent.named, verb, asking(turn)))
    if refused := rights.not_mine(turn, item) or _head_alone(turn, item):
        return said(turn, Say(text=refused))
    wanted = item.standing.extension_asked
    if wanted is None or wanted.due_on is None:
        return said(turn, Say(text=_no_extension_waits(turn, item)))
    kind = "extended" if intent.yes else "not_extended"
    rests = turn.facts.extension.effect == "rests"
    record = Record(
        item.obligation_id,
        kind,
        note=intent.reason,
        due_on=wanted.due_on if intent.yes and not rests else None,
        promise_on=wanted.due_on if intent.yes and rests else None,
    )
    text = phrases.told_extension(item, _head(turn, item), wanted.due_on, intent.reason, yes=intent.yes, rests=rests)
    others = phrases.still_asked([one for one in asking(turn) if one is not item])
    said_back = phrases.decided(item, wanted.due_on, yes=intent.yes, rests=rests) + others
    return said(turn, Say(text=said_back), deeds=(record, _told(turn, item, text)))


def _no_extension_waits(turn: Turn, item: Item) -> str:
    decision = item.standing.decision
    told = (
        phrases.decided_before(item, decision, _name(turn, decision)) if decision else phrases.no_extension_waits(item)
    )
    return told + phrases.still_asked(asking(turn))


def _write_to(turn: Turn, intent: WriteTo) -> Reply:
    item = item_named(turn, intent.named)
    if item is None and intent.named and intent.text:
        return said(turn, which(turn, intent.named, "trả lời", ()))
    if item is None or not intent.text:
        return said(turn, Say(text=phrases.which_and_what(item)))
    writer = rights.writer(turn, item)
    if writer is None:
        return said(turn, Say(text=rights.not_mine(turn, item) or phrases.for_the_head(turn.head_of(item))))
    told = _told(turn, item, phrases.told_answer(item, writer, intent.text))
    return said(turn, Say(text=phrases.answer_sent(item)), deeds=(told,))


def _head_alone(turn: Turn, item: Item) -> str | None:
    """Some blocs leave extensions to the head alone."""
    decides = turn.facts.extension.decided_by == "desk" or rights.heads(turn, item)
    return None if decides else phrases.for_the_head(turn.head_of(item))


_ANSWERS: dict[type, Callable[[Turn, Any], Reply]] = {
    Inspect: _inspect,
    Confirm: _confirm,
    Return: _return,
    Waive: _waive,
    DecideExtension: _extension,
    WriteTo: _write_to,
    AtLength: _at_length,
}


# --- an agency wonders --------------------------------------------------------------------------------------------


def _why_still(turn: Turn, intent: WhyStill) -> Reply:
    """Answered politely; what was not recorded is the desk's to look into, and today it is not asked again."""
    found = [item for item in turn.mine if intent.named and item.code == intent.named.code]
    open_ones = due_now(turn.mine)
    item = next(iter(found), None) or in_question(turn) or (open_ones[0] if len(open_ones) == 1 else None)
    if item is None:
        return said(turn, Say(text=wishes.why_still(None, "", None)))
    label = turn.label(item)
    if not item.standing.is_open:
        return said(turn, Say(text=wishes.why_still(item, label, item.standing.submitted_at)))
    record = Record(item.obligation_id, "objected", note=turn.understood.heard.text)
    deeds = (record, TellDesk(item.obligation_id, phrases.why_still_asked(item)))
    text = f"{wishes.why_still(item, label, None)} {answers.receipt_marks(1, turn.facts.now)}"
    return said(turn, Say(text=text), deeds=deeds)


# --- small ones ---------------------------------------------------------------------------------------------------


def _why_not(turn: Turn, item: Item) -> str | None:
    """The sentence that refuses a verdict; None: it may be given."""
    if refused := rights.not_judged(turn, item):
        return refused
    ruling = item.standing.ruling
    if ruling and item.standing.state in ("confirmed", "returned"):
        return phrases.done_before(item, ruling, _name(turn, ruling))
    return None if item.standing.state == "submitted" else phrases.not_sent(item)


def _verdict(turn: Turn, item: Item, kind: str, note: str | None = None) -> Record:
    place = rights.judge(turn, item)
    return Record(item.obligation_id, kind, note=note, person_id=place.person_id if place else None)


def _head(turn: Turn, item: Item) -> str:
    return rights.title(turn, item)


def _told(turn: Turn, item: Item, text: str) -> TellAgency:
    return TellAgency(item.obligation_id, text)


def _files(turn: Turn, item: Item) -> list[Sent]:
    """Every version that was not taken back, the oldest first."""
    counted = {f"BN-{fact.id:04d}" for fact in item.standing.facts}
    sent = (file for file in rights.known(turn).files if file.obligation_id == item.obligation_id)
    return [file for file in sent if file.receipt in counted]


def _sender(turn: Turn, item: Item) -> str | None:
    return _name(turn, item.standing.last) if item.standing.last else None


def _name(turn: Turn, fact: Fact) -> str | None:
    return dict(rights.known(turn).people).get(fact.person_id or 0)
