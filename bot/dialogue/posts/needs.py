"""What an answer about links and posts must know."""

from collections.abc import Sequence

from bot.dialogue.intents import Understood
from bot.dialogue.posts.own_data import STRANGER
from bot.dialogue.posts.values import (
    Away,
    CallOff,
    HandOver,
    Links,
    MyData,
    Option,
    PostIntent,
    PostNeeds,
    Prefer,
    Unlink,
    WhoIsAway,
)
from bot.dialogue.values import Needs, Place, Question

CONFIRMED = frozenset({"confirm_unlink", "confirm_erase", "confirm_handover"})
"""Yes-or-no questions of this family."""


def needs(intent: PostIntent, understood: Understood) -> Needs:
    places = understood.places
    match intent:
        case Links():
            led = led_agencies(understood)
            return Needs(posts=PostNeeds(links_of=led, away_in=led))
        case WhoIsAway():
            return Needs(posts=PostNeeds(away_in=led_agencies(understood) or _own(places)))
        case Unlink(agencies, _, number):
            return Needs(posts=PostNeeds(links_of=agencies, link=number))
        case Prefer() | CallOff("handover"):
            return Needs(posts=PostNeeds(mine=True))
        case CallOff():
            return Needs(posts=PostNeeds(away_in=_own(places)))
        case MyData("export"):
            return Needs(posts=PostNeeds(data_of=_persons(places)))
        case HandOver():
            return Needs(items_of=_own(places))
        case Away():
            return Needs(posts=PostNeeds(colleagues_of=_own(places), away_in=_own(places)))
        case Option():
            return _of_option(understood.question, intent, places)
    return Needs()


def _of_option(question: Question | None, option: Option, places: Sequence[Place]) -> Needs:
    if question is None:
        return Needs()
    match question.kind:
        case "add_link" | "who_links" | "confirm_link":
            agency = question.pending.get("agency_id")
            return Needs(items_of=(agency,)) if agency else Needs()
        case "which_link":
            numbers: list[int] = question.pending["links"]
            chosen = numbers[option.index - 1] if 1 <= option.index <= len(numbers) else None
            return Needs(posts=PostNeeds(link=chosen))
        case "which_post":
            return Needs(items_of=_own(places))
        case "which_cover":
            return Needs(posts=PostNeeds(colleagues_of=_own(places)))
        case "my_data" | "whose_data":
            return Needs(posts=PostNeeds(data_of=_persons(places)))
    return Needs()


def of_confirmation(question: Question) -> Needs:
    """`1` or `2` to one of `CONFIRMED`."""
    return Needs(posts=PostNeeds(link=question.pending["link"])) if question.kind == "confirm_unlink" else Needs()


def led_agencies(understood: Understood) -> tuple[int, ...]:
    led = {place.bloc_id for place in understood.places if place.leads}
    return tuple(member.agency_id for member in understood.book.members if member.bloc_id in led)


def _own(places: Sequence[Place]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(place.agency_id for place in places if place.agency_id))


def _persons(places: Sequence[Place]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(place.person_id for place in places if place.person_id != STRANGER))
