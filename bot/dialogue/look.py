"""What a reply must know: exactly what the meaning of a message calls for, nothing more."""

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.intents import (
    Answers,
    Code,
    Courtesy,
    Files,
    HowIs,
    Note,
    Notice,
    OnBehalf,
    Page,
    Part,
    Pick,
    ShowFile,
    TakeBack,
    Understood,
    Unread,
    UploadWanted,
    WhoIsSilent,
    YesNo,
)
from bot.dialogue.orders.needs import CONFIRM, needs, needs_of_confirmation
from bot.dialogue.orders.values import is_order
from bot.dialogue.posts import needs as post_needs
from bot.dialogue.posts.values import POST_INTENTS, PostNeeds
from bot.dialogue.rulings import answers as ruling
from bot.dialogue.rulings.values import AT_LENGTH, BULK, is_ruling
from bot.dialogue.steering import answers as steered
from bot.dialogue.steering import values as steering
from bot.dialogue.steering.values import is_steering
from bot.dialogue.values import Needs, Place


def look(understood: Understood) -> Needs:
    heard = understood.heard
    needs = _of_intent(understood)
    return replace(needs, thread=True) if heard.edited or heard.reply_to is not None else needs


def _of_intent(understood: Understood) -> Needs:
    places = understood.places
    match understood.intent:
        case Code(digits):
            return Needs(link_code=digits)
        case YesNo(yes):
            return _answer_to_question(understood, yes)
        case Answers(parts) if not understood.heard.edited and (named := _milestones(parts)):
            agencies = _answering(places) + _pending_agency(understood)
            return Needs(items_of=agencies, milestones=named, files=understood.waiting)
        case Answers() | Pick() | Courtesy() | Note() | UploadWanted():
            return Needs(items_of=_answering(places) + _pending_agency(understood), files=understood.waiting)
        case Files():
            keys = tuple(file.stored for file in understood.heard.files if file.stored)
            return Needs(items_of=_answering(places), files=keys + understood.waiting)
        case TakeBack(receipts):
            undo = receipts or understood.last
            return Needs(items_of=_for_undo(understood), undo=undo, rulings=bool(_led(places)))
        case WhoIsSilent() if _led(places):
            return Needs(blocs=_led(places), posts=PostNeeds(away_in=post_needs.led_agencies(understood)))
        case Page("status") | WhoIsSilent():
            return Needs(blocs=_led(places), items_of=() if _led(places) else _own(places))
        case Page("work" | "start" | "mine"):
            return Needs(items_of=_own(places), blocs=() if _own_tasks(places) else _led(places))
        case HowIs(members) | OnBehalf(members):
            led = _led(places)
            return Needs(items_of=tuple(member.agency_id for member in members if member.bloc_id in led))
        case intent if isinstance(intent, POST_INTENTS):
            return post_needs.needs(intent, understood)
        case intent if is_steering(intent):
            return steered.needs(intent, understood)
        case intent if is_ruling(intent):
            return ruling.needs(intent, understood)
        case order if is_order(order):
            return needs(order, understood)
        case ShowFile(receipt):
            return Needs(filed=receipt)
        case Notice() | Unread():
            return Needs(items_of=_answering(places))
    return Needs()


def _milestones(parts: Sequence[Part]) -> tuple[int, ...]:
    """The milestones that are spoken of, when every part names a known one."""
    if not all(part.target and part.target.entries for part in parts):
        return ()
    return tuple(entry.milestone_id for part in parts if part.target for entry in part.target.entries)


def _answer_to_question(understood: Understood, yes: bool) -> Needs:
    question = understood.question
    if question is None or question.kind == "not_secret":
        return Needs()
    if question.kind == steering.CONFIRM:
        return steered.needs_of_confirmation(question)
    if question.kind in (BULK, AT_LENGTH):
        return ruling.needs_of_led(understood)
    if question.kind == CONFIRM:
        return needs_of_confirmation(question, understood)
    if question.kind in post_needs.CONFIRMED:
        return post_needs.of_confirmation(question)
    if question.kind != "confirm_link":
        return Needs(items_of=_answering(understood.places) + _pending_agency(understood))
    agency = question.pending.get("agency_id")
    return Needs(items_of=(agency,)) if yes and agency else Needs()


def _pending_agency(understood: Understood) -> tuple[int, ...]:
    """The agency that a question asked during `ghi hộ` is about."""
    pending = understood.question.pending if understood.question else {}
    agency = pending.get("agency")
    return (agency,) if agency and pending.get("proxy") else ()


def _answering(places: tuple[Place, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(place.agency_id for place in places if place.answers and place.agency_id))


def _own(places: tuple[Place, ...]) -> tuple[int, ...]:
    readers = ("focal", "deputy_focal", "leader")
    return tuple(dict.fromkeys(place.agency_id for place in places if place.role in readers and place.agency_id))


def _own_tasks(places: tuple[Place, ...]) -> bool:
    return bool(_own(places))


def _led(places: tuple[Place, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(place.bloc_id for place in places if place.leads))


def _for_undo(understood: Understood) -> tuple[int, ...]:
    led = _led(understood.places)
    members = tuple(member.agency_id for member in understood.book.members if member.bloc_id in led)
    return _answering(understood.places) + members
