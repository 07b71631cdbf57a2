"""`/xoa`: what is kept of a person is shown, or erased."""

from collections.abc import Sequence

from bot.dialogue.intents import YesNo
from bot.dialogue.phrases import links as link_phrases
from bot.dialogue.phrases import privacy as phrases
from bot.dialogue.posts.values import ErasePerson, MyData, Option
from bot.dialogue.turn import Turn, asked
from bot.dialogue.values import Place, Question, Reply

STRANGER = 0
"""In place of a person's id: somebody whom no post is known of."""


def my_data(turn: Turn, intent: MyData) -> Reply:
    if intent.wish == "menu":
        return asked(turn, phrases.menu(), Question("my_data", (), turn.facts.question_until))
    return _of(turn, intent.wish)


def chosen(turn: Turn, intent: Option, question: Question) -> Reply:
    """*1. Xuất 2. Xóa 3. Thôi*."""
    wish = {1: "export", 2: "erase"}.get(intent.index)
    return _of(turn, wish) if wish else asked(turn, phrases.not_erased(), None)


def _of(turn: Turn, wish: str) -> Reply:
    """Of whom? Goes without saying, but for an office account."""
    people = _people(turn.places)
    if len(people) > 1:
        pending = {"persons": list(people), "wish": wish}
        return asked(
            turn, phrases.whose(list(people.values())), Question("whose_data", (), turn.facts.question_until, pending)
        )
    return _wanted(turn, wish, next(iter(people), STRANGER))


def whose(turn: Turn, intent: Option, question: Question) -> Reply:
    persons: list[int] = question.pending["persons"]
    if not 1 <= intent.index <= len(persons):
        return asked(turn, phrases.not_erased(), None)
    return _wanted(turn, question.pending["wish"], persons[intent.index - 1])


def _people(places: Sequence[Place]) -> dict[int, str]:
    return {place.person_id: place.person for place in places}


def _wanted(turn: Turn, wish: str, person_id: int) -> Reply:
    if wish == "erase":
        question = Question("confirm_erase", (), turn.facts.question_until, {"person": person_id})
        whose = [link_phrases.place(place) for place in turn.places if place.person_id == person_id]
        return asked(turn, phrases.confirm(_people(turn.places).get(person_id), whose), question)
    if person_id == STRANGER:
        return asked(turn, phrases.export_of_a_stranger(turn.understood.heard.sender), None)
    data = [one for one in turn.facts.posts.data if one["id"] == person_id]
    shown = [{name: value for name, value in one.items() if name != "id"} for one in data]
    first, *more = phrases.export(shown)
    reply = asked(turn, first, None)
    return Reply((first, *more), reply.deeds, reply.talk)


def erase_confirmed(turn: Turn, intent: YesNo, question: Question) -> Reply:
    if not intent.yes:
        return asked(turn, phrases.not_erased(), None)
    person_id = question.pending["person"]
    whose = [link_phrases.place(place) for place in turn.places if place.person_id == person_id]
    return asked(turn, phrases.erased(whose), None, (ErasePerson(person_id),))
