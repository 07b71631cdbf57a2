"""Answers about tasks, however they come: with codes, to the open question, on behalf of an agency."""

from collections.abc import Sequence
from typing import Any

from bot.dialogue.intents import Answer, Answers, Courtesy, Note, OnBehalf, Part, Pick, YesNo
from bot.dialogue.phrases import answers as phrases
from bot.dialogue.phrases import people, rulings
from bot.dialogue.tasks import uploading
from bot.dialogue.tasks.deciding import Line, Manner, Stored, Told, decide, missing_after, says_nothing_new, together
from bot.dialogue.tasks.replying import reply
from bot.dialogue.tasks.resolving import ABOUT_ONE, in_question, named_by, picked, resolve, which
from bot.dialogue.turn import Turn, about, asked, is_open, said
from bot.dialogue.values import Draft, Item, Record, Reply
from models.wire import Say


def answers(turn: Turn, intent: Answers) -> Reply:
    if not turn.answering:
        return said(turn, _by_whom(turn, intent))
    manner = Manner(read_back=intent.confirm is not None)
    filed = _filing_draft(turn, intent.parts)
    lines = [*filed, *(line for part in intent.parts for line in _lines(turn, part, manner, bool(filed)))]
    return reply(turn, together(turn, lines) if filed else lines)


def _by_whom(turn: Turn, intent: Answers) -> Say:
    """Who answers instead; the head extends what an agency has asked for."""
    wished = next((part.target for part in intent.parts if part.answer.kind == "extension"), None)
    if turn.led and wished and wished.entries:
        return Say(text=rulings.extension_by_proxy(wished.code, (wished.short or "STP").upper()))
    return people.may_not_answer(turn.places)


def _lines(turn: Turn, part: Part, manner: Manner, filed: bool) -> list[Line]:
    found = resolve(turn, part.target, part.answer)
    if isinstance(found, Item):
        return [] if filed and says_nothing_new(found, part.answer) else [decide(turn, found, part.answer, manner)]
    return [found]


def lines_of(turn: Turn, part: Part, manner: Manner) -> list[Line]:
    """What one part of an answer becomes, files that wait left alone."""
    return _lines(turn, part, manner, filed=False)


# --- files that wait ----------------------------------------------------------------------------------------------


def _filing_draft(turn: Turn, parts: Sequence[Part]) -> list[Line]:
    """The file that waited for its task is filed with the answer that names one."""
    if not turn.talk.draft or len(parts) != 1 or parts[0].target is None:
        return []
    found = resolve(turn, parts[0].target, parts[0].answer)
    return file_waiting(turn, found, ask=parts[0].answer.kind == "card") if isinstance(found, Item) else []


def file_waiting(turn: Turn, item: Item, *, ask: bool) -> list[Line]:
    """The chat's draft as evidence; what was swept meanwhile is asked for again."""
    kept = {file.key for file in turn.facts.files if not file.verdict}
    drafts = [draft for draft in turn.talk.draft if draft.key in kept]
    gone: list[Line] = [Told(phrases.draft_gone())] if len(drafts) < len(turn.talk.draft) else []
    return [file_line(turn, item, drafts, ask=ask), *gone] if drafts else gone


def file_line(turn: Turn, item: Item, drafts: Sequence[Draft], *, ask: bool) -> Line:
    """Files as evidence of a task; `ask`: nobody has said how far it is, so that is asked."""
    label = turn.label(item)
    if item.outside:
        return Told(phrases.no_files_here(label))
    records = tuple(Record(item.obligation_id, "evidence", file=draft) for draft in drafts)
    if ask and not item.standing.claimed:
        return Stored(item, records, phrases.claimed_too(item, label), about(turn, item), phrases.menu(label)[:2])
    completes = item.standing.claimed and item.standing.is_open and not missing_after(turn, item, *records)
    return Stored(item, records, phrases.lacks(item, label, None) if completes else None, complete=completes)


# --- short answers to the open question ---------------------------------------------------------------------------


def pick(turn: Turn, intent: Pick) -> Reply:
    """The answer to "which?" completes what was half understood."""
    question = turn.question
    item = picked(turn, intent, question) if question else None
    if question is None or item is None:
        return _pick_again(turn, intent)
    stored = question.pending.get("answer")
    lines = file_waiting(turn, item, ask=not stored) if turn.talk.draft else []
    if "link" in question.pending:
        return uploading.picked(turn, item, reply(turn, lines) if lines else None)
    if stored or not lines:
        answer = Answer.from_json(stored) if stored else Answer("card")
        lines.append(decide(turn, item, answer, Manner()))
    return reply(turn, together(turn, lines))


def _pick_again(turn: Turn, intent: Pick) -> Reply:
    if intent.target is not None:
        found = resolve(turn, intent.target, Answer("card"))
        return reply(turn, [decide(turn, found, Answer("card"), Manner()) if isinstance(found, Item) else found])
    return which_again(turn)


def which_again(turn: Turn) -> Reply:
    """The open "which?" is put once more."""
    question = turn.question
    items = [item for item in turn.mine if question and item.obligation_id in question.obligations]
    if not question or not items:
        return said(turn, Say(text=phrases.nothing_open()))
    stored = question.pending.get("answer")
    answer = Answer.from_json(stored) if stored else Answer("card")
    again = which(turn, items, answer, bool(question.pending.get("files") or "link" in question.pending))
    if "link" in question.pending and again.question:
        again = uploading.asked_again(again, question)
    return asked(turn, Say(text=again.text, choices=again.choices), again.question)


def yes_or_no(turn: Turn, intent: YesNo) -> Reply:
    """The answer to a read-back."""
    question = turn.question
    pending: list[tuple[int, dict[str, Any]]] = list(question.pending.get("parts", ())) if question else []
    proxy = question.pending.get("proxy") if question else None
    items = {item.obligation_id: item for item in (turn.facts.items if proxy else turn.mine)}
    known = [(items[obligation], answer) for obligation, answer in pending if obligation in items]
    if not known:
        return asked(turn, Say(text=phrases.nothing_open()), None)
    if not intent.yes:
        only = known[0][0] if len(known) == 1 and not proxy else None
        text = phrases.not_confirmed(turn.label(only) if only else None)
        return asked(turn, Say(text=text), about(turn, only) if only else None)
    manner = Manner(proxy=proxy, sure=True)
    return reply(turn, [decide(turn, item, Answer.from_json(answer), manner) for item, answer in known], proxy=proxy)


def courtesy(turn: Turn, intent: Courtesy) -> Reply:
    """`ok`: an acknowledgement of the open question, if nothing was said about it before."""
    item = in_question(turn) if turn.question and turn.question.kind in ABOUT_ONE else None
    item = turn.replied[0] if len(turn.replied) == 1 else item
    if item and not intent.thanks and not item.standing.facts and is_open(item):
        return reply(turn, [decide(turn, item, Answer("acknowledged"), Manner())])
    return said(turn, Say(text=phrases.courtesy(works=bool(turn.answering))))


def note(turn: Turn, intent: Note) -> Reply:
    """The text of a difficulty that was asked for."""
    return answers(turn, Answers((Part(None, Answer("difficulty", note=intent.text, said=intent.text)),)))


# --- on behalf of an agency ---------------------------------------------------------------------------------------


def on_behalf(turn: Turn, intent: OnBehalf) -> Reply:
    if not turn.led:
        return said(turn, people.for_the_head_only(turn.places[0].head_title))
    members = [member for member in intent.members if member.bloc_id in turn.led]
    if not members:
        return said(turn, people.which_agency(agency_names(turn), "ghi hộ STP K7 70%"))
    if not intent.parts:
        return said(turn, people.which_task_on_behalf(members[0].short))
    agencies = {member.agency_id for member in members}
    items = [item for item in turn.facts.items if item.agency_id in agencies]
    manner = Manner(proxy=intent.proxy or "telephone")
    return reply(turn, [_behalf_line(turn, items, part, manner) for part in intent.parts], proxy=manner.proxy)


def _behalf_line(turn: Turn, items: Sequence[Item], part: Part, manner: Manner) -> Line:
    found = named_by(items, part.target) if part.target else []
    if len(found) > 1:
        found = [item for item in found if is_open(item)]
    if len(found) == 1:
        return decide(turn, found[0], part.answer, manner)
    code = part.target.code if part.target else "K7"
    known = part.target is not None and part.target.entries
    return Told(phrases.not_theirs(code) if known else phrases.unknown_code(code, None))


def agency_names(turn: Turn) -> tuple[str, ...]:
    """The agencies of the blocs that this chat leads, with their shorts."""
    return tuple(f"{m.short} – {m.name}" for m in turn.understood.book.members if m.bloc_id in turn.led)
