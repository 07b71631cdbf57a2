"""Links once they are made: seen and ended by the desk, several channels of one person, an office account's people."""

from collections.abc import Sequence
from dataclasses import replace

from bot.dialogue.intents import YesNo
from bot.dialogue.phrases import links as phrases
from bot.dialogue.phrases import people, succession
from bot.dialogue.posts.values import Links, MakeOwnCode, Option, Prefer, SecondChannel, SetChannel, Unbind, Unlink
from bot.dialogue.talk import question_to_json
from bot.dialogue.turn import Turn, asked, said
from bot.dialogue.values import Place, Question, Record, Reply

# --- the desk -----------------------------------------------------------------------------------------------------


def show(turn: Turn, intent: Links) -> Reply:
    if not turn.led:
        return said(turn, people.for_the_head_only(turn.places[0].head_title))
    known = [link for link in turn.facts.posts.links if link.bloc_id in turn.led]
    linked = {link.agency_id for link in known}
    members = [m for m in turn.understood.book.members if m.bloc_id in turn.led and not m.off_channel]
    unlinked = [member.name for member in members if member.agency_id not in linked]
    return said(
        turn, phrases.list_links(known, unlinked, [f"- {succession.line(one)}" for one in turn.facts.posts.away])
    )


def unlink(turn: Turn, intent: Unlink) -> Reply:
    if not turn.led:
        return said(turn, people.for_the_head_only(turn.places[0].head_title))
    if intent.number is None and not intent.agencies:
        return said(turn, phrases.which_agency_to_unlink())
    found = [link for link in turn.facts.posts.links if link.bloc_id in turn.led and intent.role in (None, link.role)]
    if not found:
        named = [m.name for m in turn.understood.book.members if m.agency_id in intent.agencies]
        return said(turn, phrases.no_link(named[0] if named else None))
    if len(found) == 1:
        question = Question("confirm_unlink", (), turn.facts.question_until, {"link": found[0].number})
        return asked(turn, phrases.confirm_unlink(found[0]), question)
    numbers = [link.number for link in found]
    return asked(
        turn, phrases.which_link(found), Question("which_link", (), turn.facts.question_until, {"links": numbers})
    )


def which(turn: Turn, intent: Option, question: Question) -> Reply:
    numbers: list[int] = question.pending["links"]
    if not 1 <= intent.index <= len(numbers):
        return asked(turn, phrases.nothing_changed(), None)
    return _end(turn, numbers[intent.index - 1])


def unlink_confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    return _end(turn, question.pending["link"]) if intent.yes else asked(turn, phrases.nothing_changed(), None)


def _end(turn: Turn, number: int) -> Reply:
    found = [link for link in turn.facts.posts.links if link.number == number and link.bloc_id in turn.led]
    if not found:
        return asked(turn, phrases.no_link(None), None)
    return asked(turn, phrases.unlinked(found[0]), None, (Unbind(number),))


# --- channels -----------------------------------------------------------------------------------------------------


def prefer(turn: Turn, intent: Prefer) -> Reply:
    if intent.channel is None:
        return said(turn, phrases.no_such_channel())
    mine = turn.facts.posts.my_links
    there = tuple(dict.fromkeys(link.person_id for link in mine if link.channel == intent.channel))
    if not there:
        return said(turn, phrases.not_on_that_channel(intent.channel, sorted({link.channel for link in mine})))
    return said(turn, phrases.prefers(intent.channel), deeds=(SetChannel(there, intent.channel),))


def second_channel(turn: Turn, intent: SecondChannel) -> Reply:
    """A code for each post of this chat: one message each, so that it can be copied."""
    if len({place.post_id for place in turn.places}) == 1:
        place = turn.places[0]
        return said(turn, phrases.second_channel(_whose(place), place.role), deeds=(MakeOwnCode(place.post_id),))
    ids = [place.post_id for place in turn.places]
    question = Question("which_post", (), turn.facts.question_until, {"posts": ids, "for": "channel"})
    return asked(turn, phrases.which_place(turn.places), question)


def second_channel_of(turn: Turn, place: Place) -> Reply:
    return asked(turn, phrases.second_channel(_whose(place), place.role), None, (MakeOwnCode(place.post_id),))


def _whose(place: Place) -> str:
    return place.agency or place.bloc


# --- an office account --------------------------------------------------------------------------------------------


def people_of(places: Sequence[Place]) -> dict[int, Place]:
    """The people who answer for one and the same agency from this chat: two or more of them, or nobody."""
    by_agency: dict[int | None, dict[int, Place]] = {}
    for place in places:
        if place.answers:
            by_agency.setdefault(place.agency_id, {}).setdefault(place.person_id, place)
    return next((found for found in by_agency.values() if len(found) > 1), {})


def attributed(turn: Turn, reply: Reply) -> Reply:
    """What is stored from an office account is stored as one person's: asked once a day, and the answer waits."""
    speak = people_of(turn.places)
    agencies = {place.agency_id for place in speak.values()}
    theirs = {item.obligation_id for item in turn.mine if item.agency_id in agencies}
    records = [deed for deed in reply.deeds if isinstance(deed, Record) and deed.obligation_id in theirs]
    if not speak or not records or turn.understood.heard.files:
        return reply
    speaker = _speaker(turn)
    if speaker not in speak:
        return _ask_who_speaks(turn, speak)
    deeds = tuple(replace(deed, person_id=speaker) if deed in records else deed for deed in reply.deeds)
    return replace(reply, deeds=deeds, talk=replace(reply.talk, speaking=(speaker, turn.facts.today)))


def _speaker(turn: Turn) -> int | None:
    if turn.understood.speaker is not None:
        return turn.understood.speaker
    known = turn.talk.speaking
    return known[0] if known and known[1] == turn.facts.today else None


def _ask_who_speaks(turn: Turn, speak: dict[int, Place]) -> Reply:
    before = question_to_json(turn.question) if turn.question else None
    pending = {"persons": list(speak), "text": turn.understood.heard.text, "before": before}
    say = phrases.who_speaks([(place.person, place.role) for place in speak.values()])
    return asked(turn, say, Question("who_speaks", (), turn.facts.question_until, pending))


def who_speaks_again(turn: Turn) -> Reply:
    """The answer was none of the offered."""
    speak = people_of(turn.places)
    return said(turn, phrases.who_speaks([(place.person, place.role) for place in speak.values()]))
