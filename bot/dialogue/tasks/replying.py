"""One reply for all the lines of a message: a receipt, what remains to be said, one question at most."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.dialogue.phrases import answers as phrases
from bot.dialogue.tasks.deciding import Asked, Line, ReadBack, Stored, Told
from bot.dialogue.turn import Turn, about
from bot.dialogue.values import Draft, Question, Reply, Talk
from models.wire import Choice, Say


def reply(turn: Turn, lines: Sequence[Line], proxy: str | None = None) -> Reply:
    stored = [line for line in lines if isinstance(line, Stored)]
    question, choices, asking = _asking(turn, lines, proxy)
    records = tuple(record for line in stored for record in line.records)
    told = tuple(deed for line in stored for deed in line.told)
    waiting = still_waiting(turn, [record.file for record in records if record.file])
    talk = replace(remembering(turn.talk, question or _question_after(turn, stored, waiting)), draft=waiting)
    say = Say(text=_text(turn, lines, stored, asking), choices=choices)
    return Reply(says=(say,), deeds=(*records, *told), talk=talk)


def still_waiting(turn: Turn, filed: Sequence[Draft]) -> tuple[Draft, ...]:
    """The chat's draft without these files, and without what has been swept meanwhile."""
    if not filed:
        return turn.talk.draft
    kept, gone = {file.key for file in turn.facts.files}, {file.sha256 for file in filed}
    return tuple(draft for draft in turn.talk.draft if draft.key in kept and draft.sha256 not in gone)


def remembering(talk: Talk, question: Question | None) -> Talk:
    return Talk(
        question=question,
        draft=talk.draft,
        last=talk.last,
        stranger_told_on=talk.stranger_told_on,
        wrong_codes=talk.wrong_codes,
        links=talk.links,
        album=talk.album,
    )


def _asking(
    turn: Turn, lines: Sequence[Line], proxy: str | None
) -> tuple[Question | None, tuple[Choice, ...], list[str]]:
    """The one question that the reply ends in, its choices, and the sentences that lead to it."""
    if read_back := [line for line in lines if isinstance(line, ReadBack)]:
        say = phrases.confirming([line.text for line in read_back])
        return _to_confirm(turn, read_back, proxy), say.choices, [say.text]
    for line in lines:
        if isinstance(line, Asked) and line.question and not proxy:
            return line.question, line.choices, []
    follow = [line for line in lines if isinstance(line, Stored) and line.question]
    if len(follow) == 1:
        return follow[0].question, follow[0].choices if len(lines) == 1 else (), []
    return None, (), []


def _to_confirm(turn: Turn, read_back: Sequence[ReadBack], proxy: str | None) -> Question:
    pending: dict[str, Any] = {"parts": [[line.item.obligation_id, line.answer.to_json()] for line in read_back]}
    if proxy:
        pending |= {"proxy": proxy, "agency": read_back[0].item.agency_id}
    obligations = tuple(line.item.obligation_id for line in read_back)
    return Question("confirm_value", obligations, turn.facts.question_until, pending)


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


def _question_after(turn: Turn, stored: Sequence[Stored], waiting: Sequence[Draft]) -> Question | None:
    """A question about one task lives on; one that this answer settled gives way to its task."""
    old = turn.question
    complete = {line.item.obligation_id for line in stored if line.complete}
    if old is None or not stored or complete.issuperset(old.obligations or (0,)):
        return None if stored else old
    if old.kind == "item":
        return old
    of_files = "files" in old.pending and "link" not in old.pending
    settled = bool({line.item.obligation_id for line in stored} & set(old.obligations)) or (of_files and not waiting)
    if old.kind != "cleared" and not settled:
        return old
    only = stored[0] if len(stored) == 1 and not stored[0].complete else None
    return about(turn, only.item) if only and only.item.agency_id in turn.answering else None
