"""Files: what cannot be taken, which task they prove, and the draft that waits for the answer."""

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.intents import Answer, Files, Part, Secret
from bot.dialogue.phrases import answers, people, trouble
from bot.dialogue.tasks import uploading
from bot.dialogue.tasks.answering import file_line
from bot.dialogue.tasks.deciding import Asked, Line, Manner, Stored, Told, decide, says_nothing_new, together
from bot.dialogue.tasks.replying import reply, still_waiting
from bot.dialogue.tasks.resolving import MOST_OFFERED, likely, resolve, which
from bot.dialogue.turn import Turn, asked, is_settled, said
from bot.dialogue.values import Draft, EraseSecret, Item, Question, Record, Reply
from models.wire import FileRef, Say, StoredFile

_PLAIN_EVIDENCE = ("card", "unclear", "acknowledged", "undo")
"""What a caption may say without saying how far the task is."""


def files(turn: Turn, intent: Files) -> Reply:
    known = {file.key: file for file in turn.facts.files}
    if any(file.verdict == "secret" for file in known.values()):
        return secret(turn, Secret("file"))
    if not turn.answering:
        return said(turn, people.may_not_answer(turn.places))
    heard = turn.understood.heard
    good, bad = _sorted_out(heard.files, known, heard.text or None)
    told = _with_bad(_filed(turn, good, intent.parts), bad) if good else said(turn, trouble.nothing_stored(bad))
    if good and any(file.told for file in heard.files):
        told = _saying_first(told, trouble.fetched_at_last(heard.sent_at))
    if not any(file.trouble for file in heard.files):
        return told
    return uploading.beside(turn, told, intent.parts[0].target if intent.parts else None)


def _sorted_out(
    heard: Sequence[FileRef], known: dict[str, StoredFile], caption: str | None
) -> tuple[tuple[Draft, ...], list[str]]:
    good: list[Draft] = []
    bad: list[str] = []
    for file in heard:
        stored = known.get(file.stored or "")
        why = file.trouble or (stored.verdict if stored else "unfetchable")
        if why or stored is None:
            bad.append(trouble.file_trouble(file.name, why or "unfetchable"))
        else:
            good.append(_draft(file, stored, caption))
    return tuple(good), bad


def _draft(file: FileRef, stored: StoredFile, caption: str | None) -> Draft:
    return Draft(
        key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        media_type=stored.media_type or "application/octet-stream",
        name=file.name,
        caption=caption,
        recompressed=file.kind == "photo",
    )


def _filed(turn: Turn, drafts: tuple[Draft, ...], parts: tuple[Part, ...]) -> Reply:
    if turn.understood.heard.obligation is not None:
        return _by_link(turn, drafts, turn.understood.heard.obligation)
    if len(parts) > 1:
        return _for_several(turn, drafts, parts)
    part = parts[0] if parts else Part(None, Answer("card"))
    claims = part.answer.kind not in _PLAIN_EVIDENCE
    found = _album_item(turn, part) or resolve(turn, part.target, part.answer if claims else Answer("card"), files=True)
    if isinstance(found, Item):
        before = still_waiting(turn, drafts)
        if _album_waits(turn):
            before, drafts = (), (*before, *drafts)
        again = _asked_again(turn, before)
        lines = _lines(turn, found, drafts, part.answer, claims, ask=not again)
        return _remembering_album(turn, found, reply(turn, [*_moved_from(turn, found), *lines, *again]))
    return _kept(turn, _with_offer(turn, found) if isinstance(found, Told) else found, drafts)


def _with_offer(turn: Turn, told: Told) -> Line:
    """The file waits: for which task, of those that are open, or at least that it waits."""
    if opened := likely(turn):
        return _also(told, which(turn, opened, Answer("card"), files=True))
    return replace(told, text=f"{told.text} {trouble.file_waits()}")


def _asked_again(turn: Turn, before: Sequence[Draft]) -> list[Line]:
    """Files that came earlier and still wait for their task."""
    opened = likely(turn)[:MOST_OFFERED]
    if not before or not opened:
        return []
    names = [draft.name for draft in before if draft.name]
    text = answers.which_task_before(names, [turn.label(item) for item in opened])
    return [replace(which(turn, opened, Answer("card"), files=True), text=text)]


def _by_link(turn: Turn, drafts: tuple[Draft, ...], obligation_id: int) -> Reply:
    """Files of an upload link are for its task; what waits in the chat goes on waiting."""
    item = next((item for item in turn.mine if item.obligation_id == obligation_id), None)
    if item is None:
        return said(turn, trouble.nothing_stored([]))
    return reply(turn, [file_line(turn, item, drafts, ask=True)])


def _lines(
    turn: Turn, item: Item, drafts: tuple[Draft, ...], answer: Answer, claims: bool, *, ask: bool = True
) -> list[Line]:
    if item.outside or not claims or says_nothing_new(item, answer):
        return [file_line(turn, item, drafts, ask=ask and not claims)]
    return together(turn, [file_line(turn, item, drafts, ask=False), decide(turn, item, answer, Manner())])


def _moved_from(turn: Turn, item: Item) -> list[Line]:
    """A caption that was edited: what the file had proved before is taken back where it was and nobody has ruled."""
    others = [(obligation, fact) for obligation, fact in turn.facts.corrected if obligation != item.obligation_id]
    known = {other.obligation_id: other for other in turn.mine if not is_settled(other)}
    return [
        Stored(known[obligation], (Record(obligation, "undo", undoes_id=fact.id),))
        for obligation, fact in others
        if obligation in known
    ]


def _for_several(turn: Turn, drafts: tuple[Draft, ...], parts: tuple[Part, ...]) -> Reply:
    """One paper for several tasks: it proves each of them."""
    lines: list[Line] = []
    for part in parts:
        found = resolve(turn, part.target, part.answer, files=True)
        claims = part.answer.kind not in _PLAIN_EVIDENCE
        lines += _lines(turn, found, drafts, part.answer, claims) if isinstance(found, Item) else [found]
    return reply(turn, lines)


def _album_item(turn: Turn, part: Part) -> Item | None:
    """The later pictures of an album follow the first."""
    album, group = turn.talk.album, turn.understood.heard.group
    if part.target or not album or not group or album[0] != group:
        return None
    return next((item for item in turn.mine if item.obligation_id == album[1]), None)


def _remembering_album(turn: Turn, item: Item, filed: Reply) -> Reply:
    group = turn.understood.heard.group
    return replace(filed, talk=replace(filed.talk, album=(group, item.obligation_id))) if group else filed


def _also(told: Told, line: Line) -> Line:
    return replace(line, text=f"{told.text} {line.text}") if isinstance(line, Asked) else told


def _kept(turn: Turn, line: Line, drafts: tuple[Draft, ...]) -> Reply:
    """The file waits in the chat for its task; a second one of the same album waits with it, in silence."""
    waiting = (*turn.talk.draft, *drafts)
    question = turn.question
    if question and question.pending.get("files") and turn.talk.draft and _same_album(turn):
        return Reply(talk=replace(turn.talk, draft=waiting, question=question))
    first = reply(turn, [line])
    group = turn.understood.heard.group
    album = (group, 0) if group else turn.talk.album
    return replace(first, talk=replace(first.talk, draft=waiting, album=album))


def _same_album(turn: Turn) -> bool:
    group = turn.understood.heard.group
    return bool(group and turn.talk.album and turn.talk.album[0] == group)


def _album_waits(turn: Turn) -> bool:
    """Its first pictures came without a task, which a later one names."""
    return _same_album(turn) and turn.talk.album is not None and not turn.talk.album[1]


def _saying_first(told: Reply, words: str) -> Reply:
    first, *rest = told.says
    return replace(told, says=(Say(text=f"{words}\n{first.text}", choices=first.choices), *rest))


def _with_bad(good: Reply, bad: list[str]) -> Reply:
    if not bad or not good.says:
        return good
    first, *rest = good.says
    text = "\n".join([first.text, *bad])
    return replace(good, says=(Say(text=text, choices=first.choices), *rest))


# --- secret markings ----------------------------------------------------------------------------------------------


def secret(turn: Turn, intent: Secret) -> Reply:
    """Nothing of it stays: neither bytes nor words nor a draft."""
    cleared = replace(turn, talk=replace(turn.talk, draft=()))
    deeds = (EraseSecret(intent.marking),)
    if intent.sure:
        return said(cleared, trouble.secret(intent.marking), deeds=deeds)
    question = Question("not_secret", until=turn.facts.question_until)
    return asked(cleared, trouble.doubtful(), question, deeds)


def about_secrecy(turn: Turn, yes: bool) -> Reply:
    """The way out of a doubt: the next message is taken without it."""
    if not yes:
        return asked(turn, trouble.kept_out(), None)
    return asked(turn, trouble.cleared(), Question("cleared", until=turn.facts.question_until))
