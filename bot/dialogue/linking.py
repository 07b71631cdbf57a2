"""Codes, strangers, the first greeting."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.dialogue.intents import Code, Stranger, YesNo
from bot.dialogue.phrases import people, tasks
from bot.dialogue.turn import Turn, about, asked, due_now, is_open, said, urgent_first
from bot.dialogue.values import Bind, Invited, Question, Reply
from models.wire import Say

WRONG_CODES = 5
WITHIN = timedelta(hours=1)
LEADING_ROLES = frozenset({"head", "deputy_head", "desk", "admin"})


def code(turn: Turn, intent: Code) -> Reply:
    recent = _recent_wrong_codes(turn)
    if len(recent) >= WRONG_CODES:
        return _locked(turn, recent)
    invited = turn.facts.invited
    if invited is None or invited.state != "good" or invited.invitation_id is None:
        talk = replace(turn.talk, wrong_codes=(*recent, turn.facts.wire_now), question=turn.question)
        return Reply((people.no_good(invited.state if invited else "unknown", turn.facts.contact),), talk=talk)
    if _is_here(turn, invited):
        return said(turn, people.already_linked(invited))
    question = Question("confirm_link", until=turn.facts.question_until, pending=_pending(invited))
    return asked(turn, people.confirm_link(invited), question)


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


def _pending(invited: Invited) -> dict[str, object]:
    return {
        "invitation": invited.invitation_id,
        "agency_id": invited.agency_id,
        "whose": invited.agency or invited.bloc or "",
        "bloc_id": invited.bloc_id,
        "role": invited.role,
    }


def confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    if not intent.yes:
        return asked(turn, people.link_declined(turn.facts.contact), None)
    pending = question.pending
    deeds = (Bind(pending["invitation"]),)
    opening = people.linked(pending.get("whose", ""), pending.get("role"))
    if pending.get("role") in ("focal", "deputy_focal"):
        return _greet_focal(turn, opening, deeds)
    if pending.get("role") in LEADING_ROLES:
        say = people.first_views(opening)
        menu = {choice.key: choice.says for choice in say.choices}
        return asked(turn, say, Question("menu", until=turn.facts.question_until, pending=menu), deeds)
    return asked(turn, Say(text="\n".join([opening, _for_reader(turn)])), None, deeds)


def _greet_focal(turn: Turn, opening: str, deeds: tuple[Bind, ...]) -> Reply:
    """What is open, and one question about the most urgent task."""
    opened = due_now(turn.facts.items)
    first = f"{opening} {people.HOURS}"
    if not opened:
        later = sum(map(is_open, turn.facts.items))
        return asked(turn, Say(text=f"{first}\n{people.nothing_due(later)}"), None, deeds)
    item = opened[0]
    label = tasks.label(item, with_agency=bool(turn.answering - {item.agency_id}))
    say = tasks.greeting(first, len(opened), item, label)
    return asked(turn, say, about(turn, item), deeds)


def _for_reader(turn: Turn) -> str:
    opened = urgent_first(item for item in turn.facts.items if is_open(item))
    return people.reader_may(len(opened))


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
