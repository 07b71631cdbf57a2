"""Answers: which task each part means, what becomes of it, and one receipt for all of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue.deciding import Asked, Line, Manner, ReadBack, Stored, Told, decide
from bot.dialogue.intents import Answer, Answers, Courtesy, Note, OnBehalf, Part, Pick, Target, YesNo
from bot.dialogue.phrases import answers as phrases
from bot.dialogue.phrases import people
from bot.dialogue.turn import Turn, about, asked, due_now, is_open, said, urgent_first
from bot.dialogue.values import Draft, Item, Question, Record, Reply
from models.wire import Choice, Say

MOST_OFFERED = 8
_SINGLE = ("item", "confirm_value", "difficulty")
"""Kinds of question about one named task."""


def answers(turn: Turn, intent: Answers) -> Reply:
    if not turn.answering:
        return said(turn, people.may_not_answer(turn.places))
    manner = Manner(read_back=intent.confirm is not None)
    filed = _filing_draft(turn, intent.parts)
    return reply(turn, [*filed, *(line for part in intent.parts for line in _lines(turn, part, manner, bool(filed)))])


def _lines(turn: Turn, part: Part, manner: Manner, filed: bool) -> list[Line]:
    found = resolve(turn, part.target, part.answer)
    if isinstance(found, Item):
        return [] if filed and part.answer.kind == "card" else [decide(turn, found, part.answer, manner)]
    return [found]


def _filing_draft(turn: Turn, parts: Sequence[Part]) -> list[Line]:
    """The file that waited for its task is filed with the answer that names one."""
    question = turn.question
    if not (turn.talk.draft and question and question.pending.get("files") and len(parts) == 1):
        return []
    found = resolve(turn, parts[0].target, parts[0].answer)
    return (
        [file_line(turn, found, turn.talk.draft, ask=parts[0].answer.kind == "card")] if isinstance(found, Item) else []
    )


def file_line(turn: Turn, item: Item, drafts: Sequence[Draft], *, ask: bool) -> Line:
    """Files as evidence of a task; `ask`: nobody has said how far it is, so that is asked."""
    label = turn.label(item)
    if item.outside:
        return Told(phrases.no_files_here(label))
    records = tuple(Record(item.obligation_id, "evidence", file=draft) for draft in drafts)
    if ask and not item.standing.claimed:
        menu = phrases.menu(label)[:2]
        return Stored(item, records, phrases.claimed_too(item, label), about(turn, item), menu)
    return Stored(item, records)


# --- which task ---------------------------------------------------------------------------------------------------


def resolve(turn: Turn, target: Target | None, answer: Answer, files: bool = False) -> Item | Line:
    """The one task that is meant, or the question that finds it out."""
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
    if target.short:
        found = [item for item in found if item.short.lower() == target.short]
    return found


def _nearest(turn: Turn, target: Target) -> str | None:
    wanted = int(target.code[1:]) if target.code[1:].isdigit() else 0
    numbered = [(abs(int(item.code[1:]) - wanted), item) for item in turn.mine if item.code[1:].isdigit()]
    if not numbered:
        return f"{target.nearest.code} {target.nearest.title}" if target.nearest else None
    nearest = min(numbered, key=lambda pair: (pair[0], pair[1].due_on))[1]
    return f"{turn.label(nearest)} {nearest.title}"


def _without_code(turn: Turn, answer: Answer, files: bool) -> Item | Line:
    question = turn.question
    if question and question.kind in _SINGLE:
        for item in turn.mine:
            if item.obligation_id in question.obligations:
                return item
    opened = due_now(turn.mine) or urgent_first(item for item in turn.mine if is_open(item))
    if not opened:
        return Told(phrases.nothing_open())
    sure = files or answer.percent or answer.kind not in ("done", "progress", "difficulty", "undo", "figure")
    if len(opened) == 1 and (sure or not answer.said.isdigit()):
        return opened[0]
    return which(turn, opened, answer, files)


def which(turn: Turn, items: Sequence[Item], answer: Answer, files: bool = False) -> Asked:
    offered = list(items)[:MOST_OFFERED]
    pending: dict[str, Any] = {"answer": answer.to_json()} if answer.kind != "card" else {}
    if files:
        pending["files"] = True
    question = Question("which", tuple(item.obligation_id for item in offered), turn.facts.question_until, pending)
    first = offered[0]
    if len({item.code for item in offered}) == 1 and len(offered) > 1:
        choices = tuple(_agency_choice(number, item) for number, item in enumerate(offered, 1))
        return Asked(
            phrases.which_agency(first.code, first.title),
            replace(question, pending={**pending, "by": "agency"}),
            choices,
        )
    labels = [turn.label(item) for item in offered]
    choices = tuple(
        Choice(key=label, label=item.title, says=label) for label, item in zip(labels, offered, strict=True)
    )
    return Asked(phrases.which_task(labels, files=files, said=answer.said or None), question, choices)


def _agency_choice(number: int, item: Item) -> Choice:
    return Choice(key=str(number), label=item.agency, says=f"{item.code}-{item.short}")


def pick(turn: Turn, intent: Pick) -> Reply:
    """The answer to "which?" completes what was half understood."""
    question = turn.question
    item = _picked(turn, intent, question) if question else None
    if question is None or item is None:
        return _pick_again(turn, intent)
    stored = question.pending.get("answer")
    lines: list[Line] = []
    if question.pending.get("files") and turn.talk.draft:
        lines.append(file_line(turn, item, turn.talk.draft, ask=not stored))
    if stored or not lines:
        answer = Answer.from_json(stored) if stored else Answer("card")
        lines.append(decide(turn, item, answer, Manner()))
    return reply(turn, lines)


def _picked(turn: Turn, intent: Pick, question: Question) -> Item | None:
    offered = [item for wanted in question.obligations for item in turn.mine if item.obligation_id == wanted]
    if intent.target is not None:
        among = named_by(offered, intent.target) or named_by(turn.mine, intent.target)
        return among[0] if len(among) == 1 else None
    if intent.short is not None:
        found = [item for item in offered if item.short.lower() == intent.short]
    elif question.pending.get("by") == "agency":
        found = offered[intent.index - 1 : intent.index] if intent.index else []
    else:
        found = [item for item in offered if item.code == f"K{intent.index}"]
    return found[0] if len(found) == 1 else None


def _pick_again(turn: Turn, intent: Pick) -> Reply:
    if intent.target is not None:
        found = resolve(turn, intent.target, Answer("card"))
        return reply(turn, [decide(turn, found, Answer("card"), Manner()) if isinstance(found, Item) else found])
    question = turn.question
    items = [item for item in turn.mine if question and item.obligation_id in question.obligations]
    if not question or not items:
        return said(turn, Say(text=phrases.nothing_open()))
    stored = question.pending.get("answer")
    again = which(
        turn, items, Answer.from_json(stored) if stored else Answer("card"), bool(question.pending.get("files"))
    )
    return asked(turn, Say(text=again.text, choices=again.choices), again.question)


# --- short answers to the open question ---------------------------------------------------------------------------


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
    question = turn.question
    if not intent.thanks and question and question.kind in _SINGLE:
        items = [item for item in turn.mine if item.obligation_id in question.obligations]
        if items and not items[0].standing.facts and is_open(items[0]):
            return reply(turn, [decide(turn, items[0], Answer("acknowledged"), Manner())])
    return said(turn, Say(text=phrases.courtesy()))


def note(turn: Turn, intent: Note) -> Reply:
    """The text of a difficulty that was asked for."""
    return answers(turn, Answers((Part(None, Answer("difficulty", note=intent.text, said=intent.text)),)))


# --- on behalf of an agency ---------------------------------------------------------------------------------------


def on_behalf(turn: Turn, intent: OnBehalf) -> Reply:
    members = [member for member in intent.members if member.bloc_id in turn.led]
    if not turn.led:
        return said(turn, people.for_the_head_only())
    if not members or not intent.parts:
        names = tuple(f"{m.short} – {m.name}" for m in turn.understood.book.members if m.bloc_id in turn.led)
        return said(turn, people.which_agency(names, "ghi hộ STP K7 70%"))
    agencies = {member.agency_id for member in members}
    items = [item for item in turn.facts.items if item.agency_id in agencies]
    manner = Manner(proxy=intent.proxy or "telephone")
    lines = [_behalf_line(turn, items, part, manner) for part in intent.parts]
    return reply(turn, lines, proxy=manner.proxy)


def _behalf_line(turn: Turn, items: Sequence[Item], part: Part, manner: Manner) -> Line:
    found = named_by(items, part.target) if part.target else []
    if len(found) == 1:
        return decide(turn, found[0], part.answer, manner)
    code = part.target.code if part.target else "K7"
    return Told(phrases.not_theirs(code) if part.target and part.target.entries else phrases.unknown_code(code, None))


# --- one reply for all lines --------------------------------------------------------------------------------------


def reply(turn: Turn, lines: Sequence[Line], proxy: str | None = None) -> Reply:
    stored = [line for line in lines if isinstance(line, Stored)]
    question, choices, asking = _asking(turn, lines, proxy)
    records = tuple(record for line in stored for record in line.records)
    filed = any(record.file for record in records)
    talk = replace(
        turn.talk,
        question=question or _question_after(turn, stored),
        draft=() if filed else turn.talk.draft,
    )
    return Reply(says=(Say(text=_text(turn, lines, stored, asking), choices=choices),), deeds=records, talk=talk)


def _asking(
    turn: Turn, lines: Sequence[Line], proxy: str | None
) -> tuple[Question | None, tuple[Choice, ...], list[str]]:
    """The one question that the reply ends in, its choices, and the sentences that lead to it."""
    read_back = [line for line in lines if isinstance(line, ReadBack)]
    if read_back:
        parts = [[line.item.obligation_id, line.answer.to_json()] for line in read_back]
        pending: dict[str, Any] = {"parts": parts}
        if proxy:
            pending |= {"proxy": proxy, "agency": read_back[0].item.agency_id}
        obligations = tuple(line.item.obligation_id for line in read_back)
        question = Question("confirm_value", obligations, turn.facts.question_until, pending)
        say = phrases.confirming([line.text for line in read_back])
        return question, say.choices, [say.text]
    for line in lines:
        if isinstance(line, Asked) and line.question and not proxy:
            return line.question, line.choices, []
    follow = [line for line in lines if isinstance(line, Stored) and line.question]
    if len(follow) == 1:
        return follow[0].question, follow[0].choices if len(lines) == 1 else (), []
    return None, (), []


def _text(turn: Turn, lines: Sequence[Line], stored: Sequence[Stored], asking: list[str]) -> str:
    others = [line.text for line in lines if isinstance(line, Told)]
    others += [line.text for line in lines if isinstance(line, Asked)] + asking
    if not stored:
        return "\n".join(others)
    if len({line.item.obligation_id for line in stored}) == 1:
        return "\n".join([_receipt(turn, stored), *others])
    told = [(line.item, turn.label(line.item), record) for line in stored for record in line.records]
    return phrases.receipts(told, turn.facts.now, [line.lacks for line in stored if line.lacks] + others)


def _receipt(turn: Turn, stored: Sequence[Stored]) -> str:
    item, records = stored[0].item, tuple(record for line in stored for record in line.records)
    lacks = next((line.lacks for line in stored if line.lacks), None)
    return phrases.receipt(item, turn.label(item), records, turn.facts.now, lacks=lacks)


def _question_after(turn: Turn, stored: Sequence[Stored]) -> Question | None:
    """A question about one task lives on; one that this answer settled gives way to its task."""
    old = turn.question
    if old is None or not stored or old.kind == "item":
        return old
    settled = {line.item.obligation_id for line in stored} & set(old.obligations)
    if not settled:
        return old
    return about(turn, stored[0].item) if len(stored) == 1 else None
