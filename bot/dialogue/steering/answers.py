"""Answers to what the head and its desk decide about the reminders."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.dialogue.intents import Understood, YesNo
from bot.dialogue.phrases import letters, people
from bot.dialogue.phrases import steering as phrases
from bot.dialogue.reading.fold import fold
from bot.dialogue.steering.values import (
    CONFIRM,
    Changes,
    DecideOnLeader,
    Firmness,
    Letter,
    SetFirmness,
    Steering,
    SteeringFacts,
    SteeringNeeds,
    ToLeader,
)
from bot.dialogue.tasks.answering import agency_names
from bot.dialogue.turn import Turn, asked, said
from bot.dialogue.values import Item, Needs, Place, Question, Reply
from models.rules import calendar
from models.rules import policy as policies
from models.rules.policy import Policy
from models.wire import Say

# --- look ---------------------------------------------------------------------------------------------------------


def needs(intent: Steering, understood: Understood) -> Needs:
    bloc_id = _bloc_of(intent, understood.places)
    if bloc_id is None:
        return Needs()
    match intent:
        case Letter(agency_id):
            items = (agency_id,) if agency_id else ()
            return Needs(items_of=items, steering=SteeringNeeds(bloc_id, agency_id) if agency_id else None)
        case ToLeader(_, named) if named and named.short:
            members = [m for m in understood.book.members if m.bloc_id == bloc_id and fold(m.short) == named.short]
            milestones = tuple(milestone for bloc, milestone in named.milestones if bloc == bloc_id)
            if members and milestones:
                agency_id = members[0].agency_id
                return Needs(
                    items_of=(agency_id,), milestones=milestones, steering=SteeringNeeds(bloc_id, agency_id)
                )  # fmt: skip
            return Needs()
        case Firmness():
            return Needs(steering=SteeringNeeds(bloc_id))
    return Needs()


def needs_of_confirmation(question: Question) -> Needs:
    return Needs(steering=SteeringNeeds(question.pending["bloc_id"]))


def _bloc_of(intent: Steering, places: Sequence[Place]) -> int | None:
    steered = [place for place in places if steers(place) or (isinstance(intent, ToLeader) and _has_headed(place))]
    match intent:
        case Letter(_, bloc_id) if bloc_id:
            return bloc_id if any(place.bloc_id == bloc_id for place in steered) else None
        case ToLeader(_, named) if named:
            named_blocs = {bloc for bloc, _ in named.milestones}
            return next((place.bloc_id for place in steered if place.bloc_id in named_blocs), None)
        case Firmness(slug=slug) if slug:
            return next((place.bloc_id for place in steered if place.slug == slug), None)
    return steered[0].bloc_id if steered else None


def steers(place: Place) -> bool:
    """The bloc's head, the head's desk, the administrator."""
    return place.role == "admin" or (place.role in ("leader", "desk") and place.seat == "head")


def _has_headed(place: Place) -> bool:
    """The leader of whoever heads the bloc in an open season, the newest or the one before."""
    return place.role == "leader" and any(seat == "head" for _, seat in place.seats)


# --- answer -------------------------------------------------------------------------------------------------------


def answer(turn: Turn, intent: Steering) -> Reply:
    may = any(map(steers, turn.places)) or (isinstance(intent, ToLeader) and any(map(_has_headed, turn.places)))
    if not may:
        return said(turn, phrases.for_head_and_desk(turn.places[0].head_title))
    return _ANSWERS[type(intent)](turn, intent)


def _firmness(turn: Turn, intent: Firmness) -> Reply:
    known = turn.facts.steering
    if known is None:
        return said(turn, phrases.for_head_and_desk(turn.places[0].head_title))
    if intent.twice:
        return said(turn, phrases.asked_twice(intent.twice))
    if intent.unknown:
        return said(turn, phrases.no_such_level(intent.unknown))
    if intent.level is None and not intent.changes:
        return said(turn, phrases.shown(known))
    try:
        wanted = _wanted(known, intent)
    except policies.PolicyError as error:
        return said(turn, phrases.contradicts(error))
    refused = _unusable(known, intent.changes)
    if refused:
        return said(turn, refused)
    if _is_the_same(known, wanted, intent.changes):
        return said(turn, phrases.the_same(known))
    pending = {
        "bloc_id": known.bloc_id, "policy": policies.as_settings(wanted), "was": policies.as_settings(known.policy),
        "sending": intent.changes.sending, "important": intent.changes.important,
    }  # fmt: skip
    question = Question(CONFIRM, until=turn.facts.question_until, pending=pending)
    return asked(turn, phrases.preview(known, wanted, intent.changes), question)


def _wanted(known: SteeringFacts, intent: Firmness) -> Policy:
    """The level alone, or what is in force with its parts changed. Raises PolicyError."""
    before = {"level": intent.level} if intent.level else policies.as_settings(known.policy)
    return policies.policy({"policy": {**before, **dict(intent.changes.policy)}})


def _unusable(known: SteeringFacts, changes: Changes) -> Say | None:
    """The sentence about hours or codes that cannot be meant."""
    if unknown := [code for code in changes.important or () if code not in known.milestones]:
        return phrases.no_such_milestones(unknown)
    try:
        calendar.of({"calendar": {**known.calendar, "sending": list(changes.sending)}} if changes.sending else {})
    except ValueError:
        return phrases.no_such_hours(changes.sending)
    return None


def _is_the_same(known: SteeringFacts, wanted: Policy, changes: Changes) -> bool:
    important = tuple(code for code, marked in known.milestones.items() if marked)
    same_marks = changes.important is None or set(changes.important) == set(important)
    return wanted == known.policy and same_marks and changes.sending in ((), known.sending)


def confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    known, pending = turn.facts.steering, question.pending
    if known is None or not any(steers(place) and place.bloc_id == pending["bloc_id"] for place in turn.places):
        return said(turn, phrases.for_head_and_desk(turn.places[0].head_title))
    if not intent.yes:
        return asked(turn, phrases.left_as_it_is(known), None)
    if policies.as_settings(known.policy) != pending["was"]:
        return asked(turn, phrases.changed_meanwhile(known), None)
    important = pending["important"]
    deed = SetFirmness(
        known.bloc_id,
        pending["policy"],
        tuple((start, end) for start, end in pending["sending"]),
        None if important is None else tuple(important),
    )
    return asked(turn, phrases.changed(known, policies.policy({"policy": deed.policy})), None, deeds=(deed,))


def _letter(turn: Turn, intent: Letter) -> Reply:
    known = turn.facts.steering
    if intent.agency_id is None or known is None:
        return said(turn, people.which_agency(agency_names(turn), "công văn STP"))
    overdue = [item for item in turn.facts.items if item.bucket == "open_overdue" and item.bloc_id == known.bloc_id]
    if not overdue:
        agency = next(m.name for m in turn.understood.book.members if m.agency_id == intent.agency_id)
        return said(turn, letters.nothing_overdue(agency))
    return said(turn, letters.draft(known, overdue, turn.facts.today))


def _to_leader(turn: Turn, intent: ToLeader) -> Reply:
    known = turn.facts.steering
    item = next((one for one in turn.facts.items if known and one.bloc_id == known.bloc_id), None)
    if known is None or item is None:
        return said(turn, phrases.which_task(yes=intent.yes))
    refused = _why_not(known, item, yes=intent.yes)
    if refused is None and not any(_taps(place, item) for place in turn.places):
        refused = phrases.the_heads_own_tap(known, item)
    if refused:
        return said(turn, refused)
    text = phrases.to_the_leader(known, item) if intent.yes else None
    return said(turn, phrases.decided(known, item, yes=intent.yes), deeds=(DecideOnLeader(item.obligation_id, text),))


def _taps(place: Place, item: Item) -> bool:
    """The bloc's head in the season of the task: each sending is the head's own decision, not the desk's."""
    return place.role == "leader" and place.bloc_id == item.bloc_id and place.seat_in(item.year) == "head"


def _why_not(known: SteeringFacts, item: Item, *, yes: bool) -> Any:
    """The sentence that refuses; None: it can be done."""
    step = next((one for one in known.asked if one.obligation_id == item.obligation_id), None)
    if not known.policy.leader_after:
        return phrases.leaders_are_off(known)
    if item.bucket != "open_overdue":
        return phrases.not_overdue(item)
    if step is None or step.outcome == "skipped":
        return phrases.not_asked(item, known.policy.leader_after)
    if step.outcome != "asked":
        return phrases.decided_before(item, step)
    return phrases.no_leader(item) if yes and not known.leaders else None


_ANSWERS: dict[type, Callable[[Turn, Any], Reply]] = {Firmness: _firmness, Letter: _letter, ToLeader: _to_leader}
