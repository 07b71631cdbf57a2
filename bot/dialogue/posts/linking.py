"""Codes, strangers, the first greeting; a second code in a chat that is linked already."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.intents import Code, Stranger, YesNo
from bot.dialogue.phrases import links, people, succession, tasks
from bot.dialogue.posts.values import Option
from bot.dialogue.turn import Turn, about, asked, due_now, is_open, said, urgent_first
from bot.dialogue.values import Bind, Invited, Question, Reply
from models.wire import Say

WRONG_CODES = 5
WITHIN = timedelta(hours=1)
LEADING_ROLES = frozenset({"head", "deputy_head", "desk", "admin"})
MOST_HOLDERS = 3
"""Of those who hold the place already, how many are offered as the one who comes from another channel."""


def code(turn: Turn, intent: Code) -> Reply:
    recent = _recent_wrong_codes(turn)
    if len(recent) >= WRONG_CODES:
        return _locked(turn, recent)
    invited = turn.facts.invited
    if invited and invited.state in ("good", "used") and _is_here(turn, invited):
        return said(turn, succession.for_your_successor() if invited.hands_over else people.already_linked(invited))
    if invited is None or invited.state != "good" or invited.invitation_id is None:
        talk = replace(turn.talk, wrong_codes=(*recent, turn.facts.wire_now), question=turn.question)
        return Reply((people.no_good(invited.state if invited else "unknown", turn.facts.contact),), talk=talk)
    if turn.places:
        question = Question("add_link", (), turn.facts.question_until, _pending(invited, words=links.ADD_WORDS))
        return asked(turn, links.add_or_replace(invited, turn.places), question)
    same = _may_be(invited)
    question = Question("confirm_link", (), turn.facts.question_until, _pending(invited, same=same))
    return asked(turn, people.confirm_link(invited, [links.same_person(name) for _, name in same]), question)


def _recent_wrong_codes(turn: Turn) -> tuple[datetime, ...]:
    return tuple(at for at in turn.talk.wrong_codes if turn.facts.wire_now - at < WITHIN)


def _locked(turn: Turn, recent: tuple[datetime, ...]) -> Reply:
    """Said once; who goes on trying gets no answer."""
    if len(recent) > WRONG_CODES:
        return Reply(talk=turn.talk)
    talk = replace(turn.talk, wrong_codes=(*recent, turn.facts.wire_now))
    return Reply((people.too_many_codes(turn.facts.contact),), talk=talk)


def _is_here(turn: Turn, invited: Invited) -> bool:
    place = (invited.bloc_id, invited.agency_id, invited.role)
    return any((here.bloc_id, here.agency_id, here.role) == place for here in turn.places)


def _may_be(invited: Invited) -> list[tuple[int, str]]:
    """Who may be typing a code from a second channel: nobody when the code names its person or hands a post over."""
    return [] if invited.person or invited.hands_over else list(invited.holders[:MOST_HOLDERS])


def _pending(
    invited: Invited, same: Sequence[tuple[int, str]] = (), words: Sequence[str] = ()
) -> dict[str, object]:  # fmt: skip
    return {
        "invitation": invited.invitation_id,
        "agency_id": invited.agency_id,
        "whose": invited.agency or invited.bloc or "",
        "bloc_id": invited.bloc_id,
        "role": invited.role,
        "named": invited.person is not None,
        "from": invited.hands_over,
        "same": [list(one) for one in same],
        "words": list(words),
    }


# --- confirmed ----------------------------------------------------------------------------------------------------


def confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    if not intent.yes:
        return asked(turn, people.link_declined(turn.facts.contact), None)
    return _linked(turn, question, Bind(question.pending["invitation"]))


def same_person(turn: Turn, intent: Option, question: Question) -> Reply:
    """`3` and on at the first confirmation: somebody who is known, from another channel."""
    same = question.pending.get("same", [])
    if not 3 <= intent.index < 3 + len(same):
        return said(turn, people.confirm_again(question.pending.get("whose", ""), question.pending.get("role")))
    return _linked(turn, question, Bind(question.pending["invitation"], person_id=same[intent.index - 3][0]))


def add(turn: Turn, intent: Option, question: Question) -> Reply:
    """*1. Thêm 2. Thay thế 3. Hủy*."""
    pending = question.pending
    if intent.index == 1:
        speak = _of_the_agency(turn, pending)
        return _who(turn, question, speak) if speak else _linked(turn, question, Bind(pending["invitation"]))
    if intent.index == 2:
        return _linked(turn, question, Bind(pending["invitation"], replaces=True), links.replaced(turn.places))
    return asked(turn, people.link_declined(turn.facts.contact), None)


def _of_the_agency(turn: Turn, pending: dict[str, object]) -> list[tuple[int, str]]:
    """Who speaks from this chat for the agency of a code that names nobody: the same person, or a colleague?"""
    if pending.get("named"):
        return []
    here = {place.person_id: place.person for place in turn.places if place.agency_id == pending.get("agency_id")}
    return list(here.items())


def _who(turn: Turn, question: Question, speak: Sequence[tuple[int, str]]) -> Reply:
    pending = {**question.pending, "persons": [person_id for person_id, _ in speak], "words": []}
    say = links.who_is_it(pending["whose"], pending["role"], [name for _, name in speak])
    return asked(turn, say, Question("who_links", (), turn.facts.question_until, pending))


def who(turn: Turn, intent: Option, question: Question) -> Reply:
    """Of the same agency: one of those who speak here, or a colleague at the same office account."""
    persons: list[int] = question.pending["persons"]
    invitation = question.pending["invitation"]
    if 1 <= intent.index <= len(persons):
        return _linked(turn, question, Bind(invitation, person_id=persons[intent.index - 1]))
    if intent.index == len(persons) + 1:
        shared = links.shared(question.pending["whose"])
        return _linked(turn, question, Bind(invitation, anew=True), shared)
    return asked(turn, people.link_declined(turn.facts.contact), None)


def _linked(turn: Turn, question: Question, deed: Bind, *also: str) -> Reply:
    pending = question.pending
    whose, role = pending.get("whose", ""), pending.get("role")
    opening = [people.linked(whose, role), *also]
    if pending.get("from"):
        opening.insert(1, succession.taken_over(whose, role, pending["from"]))
    text = "\n".join(opening)
    if role in ("focal", "deputy_focal"):
        return _greet_focal(turn, text, (deed,), pending.get("agency_id"))
    if role in LEADING_ROLES:
        say = people.first_views(text)
        menu = {choice.key: choice.says for choice in say.choices}
        return asked(turn, say, Question("menu", until=turn.facts.question_until, pending=menu), (deed,))
    return asked(turn, Say(text="\n".join([text, _for_reader(turn)])), None, (deed,))


def _greet_focal(turn: Turn, opening: str, deeds: tuple[Bind, ...], agency_id: int | None) -> Reply:
    """What is open, and one question about the most urgent task."""
    mine = [item for item in turn.facts.items if item.agency_id == agency_id]
    opened = due_now(mine)
    first = f"{opening} {people.HOURS}"
    if not opened:
        return asked(turn, Say(text=f"{first}\n{people.nothing_due(sum(map(is_open, mine)))}"), None, deeds)
    item = opened[0]
    label = tasks.label(item, with_agency=bool(turn.answering - {item.agency_id}))
    say = tasks.greeting(first, len(opened), item, label)
    return asked(turn, say, about(turn, item), deeds)


def _for_reader(turn: Turn) -> str:
    opened = urgent_first(item for item in turn.facts.items if is_open(item))
    return people.reader_may(len(opened))


# --- strangers ----------------------------------------------------------------------------------------------------


def stranger(turn: Turn, intent: Stranger) -> Reply:
    """Answered once a day; an unanswered confirmation is repeated instead."""
    question = turn.question
    if question and question.kind == "confirm_link" and not intent.started:
        return said(turn, people.confirm_again(question.pending.get("whose", ""), question.pending.get("role")))
    if turn.talk.stranger_told_on == turn.facts.today:
        return Reply(talk=turn.talk)
    talk = replace(turn.talk, stranger_told_on=turn.facts.today)
    say = people.welcome(turn.facts.contact) if intent.started else people.stranger(turn.facts.contact)
    return Reply((say,), talk=talk)
