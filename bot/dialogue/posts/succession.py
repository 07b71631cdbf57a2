"""A post is handed over (`/bangiao`); somebody is away and another one gets the reminders (`/vang`)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from bot.dialogue.intents import YesNo
from bot.dialogue.phrases import succession as phrases
from bot.dialogue.posts.linked import second_channel_of
from bot.dialogue.posts.values import (
    Away,
    CallOff,
    Colleague,
    EndAbsences,
    HandOver,
    OfferPost,
    Option,
    RetractOffers,
    SetAbsence,
    WhoIsAway,
)
from bot.dialogue.reading.fold import fold
from bot.dialogue.turn import Turn, asked, is_open, said
from bot.dialogue.values import Place, Question, Reply
from models.wire import Say

LONGEST_DAYS = 90
"""Of one absence; who is away for longer hands the post over."""

# --- bàn giao -----------------------------------------------------------------------------------------------------


def hand_over(turn: Turn, intent: HandOver) -> Reply:
    if len(turn.places) == 1:
        return _confirm(turn, turn.places[0])
    ids = [place.post_id for place in turn.places]
    question = Question("which_post", (), turn.facts.question_until, {"posts": ids, "for": "handover"})
    return asked(turn, phrases.which_post(turn.places), question)


def of_post(turn: Turn, intent: Option, question: Question) -> Reply:
    """The answer to "which post?", for a handover or for a second channel."""
    ids: list[int] = question.pending["posts"]
    post_id = ids[intent.index - 1] if 1 <= intent.index <= len(ids) else None
    place = _place(turn, post_id)
    if place is None:
        return asked(turn, phrases.not_handed_over(), None)
    return second_channel_of(turn, place) if question.pending["for"] == "channel" else _confirm(turn, place)


def _place(turn: Turn, post_id: int | None) -> Place | None:
    return next((place for place in turn.places if place.post_id == post_id), None)


def _confirm(turn: Turn, place: Place) -> Reply:
    opened = sum(is_open(item) for item in turn.facts.items if item.agency_id == place.agency_id)
    question = Question("confirm_handover", (), turn.facts.question_until, {"post": place.post_id})
    return asked(turn, phrases.confirm_handover(place, opened), question)


def handover_confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    place = _place(turn, question.pending["post"])
    if not intent.yes or place is None:
        return asked(turn, phrases.not_handed_over(), None)
    return asked(turn, phrases.handover_code(place), None, (OfferPost(place.post_id),))


def call_off(turn: Turn, intent: CallOff) -> Reply:
    posts = turn.facts.posts
    mine = {place.post_id for place in turn.places}
    if intent.what == "handover":
        offered = tuple(one.post_id for one in posts.offered)
        if not offered:
            return said(turn, phrases.no_handover())
        return asked(turn, phrases.handover_called_off(), None, (RetractOffers(offered),))
    away = tuple(one.post_id for one in posts.away if one.post_id in mine)
    return said(turn, phrases.away_called_off(), deeds=(EndAbsences(away),)) if away else said(turn, phrases.not_away())


# --- vắng ---------------------------------------------------------------------------------------------------------


def who_is_away(turn: Turn, intent: WhoIsAway) -> Reply:
    return said(turn, phrases.list_away(turn.facts.posts.away))


def away(turn: Turn, intent: Away) -> Reply:
    mine = [place for place in turn.places if place.answers]
    if not mine:
        return said(turn, phrases.only_who_answers())
    ids = {place.post_id for place in mine}
    if wrong := _not_days(turn, intent, ids):
        return said(turn, wrong)
    found = [_cover(turn, place, intent.cover) for place in mine]
    if sure := [one for one in found if isinstance(one, tuple)]:
        return _away(turn, intent, sure)
    first = found[0]
    if isinstance(first, list):
        return _which_cover(turn, intent, mine[0], first)
    assert isinstance(first, Say)
    return said(turn, first)


def _not_days(turn: Turn, intent: Away, mine: set[int]) -> Say | None:
    first, last, today = intent.first, intent.last, turn.facts.today
    if intent.impossible:
        return phrases.no_such_day(intent.impossible)
    if first is None or last is None:
        return phrases.how_to_be_away([one for one in turn.facts.posts.away if one.post_id in mine])
    if last < first:
        return phrases.days_backwards(first, last)
    if last < today:
        return phrases.days_are_over()
    return phrases.too_long_away(LONGEST_DAYS) if (last - first).days >= LONGEST_DAYS else None


Covered = tuple[Place, Colleague]


def _cover(turn: Turn, place: Place, named: str) -> Covered | list[Colleague] | Say:
    """Who stands in: whoever was named, else the one other focal point; a list when that has to be asked."""
    others = [
        one for one in turn.facts.posts.colleagues
        if one.agency_id == place.agency_id and one.reached and one.person_id != place.person_id
    ]  # fmt: skip
    if not others:
        return phrases.nobody_stands_in(place.agency or place.bloc)
    if named:
        meant = [one for one in others if _is_called(one.person, named)]
        if len(meant) != 1:
            return meant or phrases.who_is_that(named, others)
        return place, meant[0]
    answering = [one for one in others if one.role in ("focal", "deputy_focal")]
    deputies = [one for one in answering if one.role == "deputy_focal"] or answering
    return (place, deputies[0]) if len(deputies) == 1 else deputies or others


def _is_called(name: str, named: str) -> bool:
    """`tran binh`, `binh`: all of the words, the last one being the given name."""
    words, said_words = fold(name).split(), named.split()
    return set(said_words) <= set(words) and bool(words) and said_words[-1] == words[-1]


def _away(turn: Turn, intent: Away, covered: Sequence[Covered]) -> Reply:
    first, last = intent.first, intent.last
    assert first is not None
    assert last is not None
    lines = [phrases.away(place.agency or place.bloc, first, last, cover, turn.facts.today) for place, cover in covered]
    deeds = [SetAbsence(place.post_id, cover.post_id, first, last) for place, cover in covered]
    return asked(turn, Say(text="\n".join(lines)), None, deeds)


def _which_cover(turn: Turn, intent: Away, place: Place, offered: Sequence[Colleague]) -> Reply:
    assert intent.first is not None
    assert intent.last is not None
    pending: dict[str, Any] = {
        "post": place.post_id, "covers": [one.post_id for one in offered],
        "first": intent.first.isoformat(), "last": intent.last.isoformat(),
    }  # fmt: skip
    question = Question("which_cover", (), turn.facts.question_until, pending)
    return asked(turn, phrases.which_cover(place.agency or place.bloc, offered), question)


def cover_chosen(turn: Turn, intent: Option, question: Question) -> Reply:
    pending = question.pending
    covers: list[int] = pending["covers"]
    post_id = covers[intent.index - 1] if 1 <= intent.index <= len(covers) else None
    place = _place(turn, pending["post"])
    cover = next((one for one in turn.facts.posts.colleagues if one.post_id == post_id), None)
    if place is None or cover is None:
        return asked(turn, phrases.not_away(), None)
    days = Away(date.fromisoformat(pending["first"]), date.fromisoformat(pending["last"]))
    return _away(turn, days, [(place, cover)])
