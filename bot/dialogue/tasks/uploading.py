"""The upload link: asked for, or offered where a file cannot come through the chat."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.intents import Answer, Target, UploadWanted
from bot.dialogue.phrases import answers, people, uploads
from bot.dialogue.tasks.deciding import Asked, Line, Told
from bot.dialogue.tasks.resolving import resolve, which
from bot.dialogue.turn import Turn, due_now, said
from bot.dialogue.values import Item, MakeUploadLink, Question, Record, Reply, Talk
from models.wire import Heard, Say

MOST = 12
"""Links of one chat within an hour."""
WITHIN = timedelta(hours=1)
SAME_BURST = timedelta(minutes=1)
"""Several files that a platform would not hand over come one by one: one link answers them all."""
PERHAPS_FILES = ("", "file")
"""What an unsupported message is called when it may have been a file."""
_WHICH = Answer("card")


def wanted(turn: Turn, intent: UploadWanted) -> Reply:
    """`gửi tệp K5`."""
    if not turn.answering:
        return said(turn, people.may_not_answer(turn.places))
    found = resolve(turn, intent.target, _WHICH, files=True)
    return _given(turn, found) if isinstance(found, Item) else _ask(turn, found)


def perhaps_a_file(turn: Turn, heard: Heard) -> bool:
    return heard.text in PERHAPS_FILES and bool(turn.answering)


def instead(turn: Turn) -> Reply:
    """A message that the platform does not show us, and that may have been a file."""
    if _in_the_same_burst(turn):
        return Reply(talk=turn.talk)
    found = _most_likely(turn, None)
    if isinstance(found, Item):
        return _given(turn, found, unread=True)
    return _ask(turn, replace(found, text=uploads.which_instead(found.text)) if isinstance(found, Asked) else found)


def beside(turn: Turn, told: Reply, target: Target | None) -> Reply:
    """Some files could not be fetched: `told`, what was said of them and of the others, goes on with another way."""
    named = resolve(turn, target, _WHICH, files=True) if target else None
    if isinstance(named, Item) and not _linked(turn, named):
        return _and_link(turn, told, named)
    if _in_the_same_burst(turn):
        return _saying(told, uploads.SAME_LINK) if _recent(turn) else told
    question = told.talk.question
    if told.talk.draft and question and question.kind == "which" and question is not turn.talk.question:
        return replace(told, talk=replace(told.talk, question=_also_a_link(turn, question)))
    filed = {deed.obligation_id for deed in told.deeds if isinstance(deed, Record)}
    found = next((item for item in turn.mine if item.obligation_id in filed), None) or _most_likely(turn, target)
    return _and_link(turn, told, found) if isinstance(found, Item) else _ask(turn, found, told)


def picked(turn: Turn, item: Item, filed: Reply | None) -> Reply:
    """The answer to "which?": the link that waited for it, after what was filed."""
    return _and_link(turn, filed, item) if filed else _given(turn, item)


def _most_likely(turn: Turn, target: Target | None) -> Item | Line:
    """The task that a file is for: the one that is named, asked about, or alone in being open."""
    found = resolve(turn, target, _WHICH, files=True)
    if isinstance(found, Told) and (opened := due_now(turn.mine)):
        return which(turn, opened, _WHICH, files=True)
    return found


# --- given --------------------------------------------------------------------------------------------------------


def _given(turn: Turn, item: Item, *, unread: bool = False) -> Reply:
    label = turn.label(item)
    if item.outside:
        return said(turn, Say(text=answers.no_files_here(label)))
    if len(_recent(turn)) >= MOST:
        return said(turn, uploads.too_many(MOST))
    text = uploads.instead(item, label) if unread else uploads.link(item, label)
    question = turn.question
    talk = replace(turn.talk, question=None if question and "link" in question.pending else question)
    deeds = (MakeUploadLink(item.obligation_id),)
    return Reply((Say(text=text),), deeds, _counted(turn, talk, item))


def _and_link(turn: Turn, told: Reply, item: Item) -> Reply:
    """What was told and done, and a link."""
    given = _given(turn, item)
    more = _saying(told, given.says[0].text)
    return replace(more, deeds=(*more.deeds, *given.deeds), talk=replace(more.talk, links=given.talk.links))


def _saying(told: Reply, text: str) -> Reply:
    first, *rest = told.says or (Say(text=""),)
    return replace(told, says=(Say(text=f"{first.text}\n{text}".strip(), choices=first.choices), *rest))


def _counted(turn: Turn, talk: Talk, item: Item) -> Talk:
    return replace(talk, links=(*_recent(turn), (item.obligation_id, turn.facts.wire_now)))


def _recent(turn: Turn) -> tuple[tuple[int, datetime], ...]:
    return tuple(link for link in turn.talk.links if turn.facts.wire_now - link[1] < WITHIN)


# --- asked --------------------------------------------------------------------------------------------------------


def _ask(turn: Turn, line: Line, told: Reply | None = None) -> Reply:
    """Which task the link is for; what was told before stays said and done."""
    before = told or Reply(talk=turn.talk)
    if isinstance(line, Asked) and line.question:
        question = _also_a_link(turn, line.question)
        if not before.talk.draft:
            question.pending.pop("files", None)
        said_first = [say.text for say in before.says]
        says = (Say(text="\n".join([*said_first, line.text]), choices=line.choices),)
        return Reply(says, before.deeds, replace(before.talk, question=question))
    return _saying(before, line.text) if isinstance(line, Told) else before


def _linked(turn: Turn, item: Item) -> bool:
    return any(obligation == item.obligation_id for obligation, _ in _recent(turn))


def _also_a_link(turn: Turn, question: Question) -> Question:
    return replace(question, pending={**question.pending, "link": turn.facts.wire_now.isoformat()})


def _in_the_same_burst(turn: Turn) -> bool:
    asked = turn.question.pending.get("link") if turn.question else None
    moments = [at for _, at in turn.talk.links[-1:]] + ([datetime.fromisoformat(asked)] if asked else [])
    return any(turn.facts.wire_now - at < SAME_BURST for at in moments)


def asked_again(line: Asked, question: Question) -> Asked:
    """The question "which?" once more: a link still waits for its answer."""
    pending = dict(question.pending)
    return replace(line, question=replace(line.question or question, pending=pending))
