"""Two hundred things that people type, and what each does: nothing is closed, dated or asked without need."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dialogue.phrases.form import day, number
from bot.dialogue.reading.fold import fold
from bot.dialogue.rulings.values import TellDesk
from bot.dialogue.values import Record, Reply
from tests.bot.dialogue.world import Chat, World

TABLE = Path(__file__).with_name("utterances.txt")
MOST_QUESTIONS = 1 / 5


def rows() -> list[tuple[str, str, str]]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [(said, asked.strip(), meant.strip()) for said, asked, meant in (line.split(" | ") for line in lines)]


def a_chat(asked: str) -> Chat:
    world = World()
    world.add("K5", percent=52)
    chat = Chat(world, (world.place(),))
    if asked != "-":
        chat.ask(asked)
    return chat


def deeds(reply: Reply) -> Iterator[str]:
    for deed in reply.deeds:
        if isinstance(deed, TellDesk):
            continue
        assert isinstance(deed, Record)
        yield " ".join([f"K{deed.obligation_id % 100}", *_what(deed)])


def _what(deed: Record) -> Iterator[str]:
    if deed.value is not None:
        yield f"value {number(deed.value)}"
    elif deed.percent is not None and deed.kind == "progress":
        yield f"progress {deed.percent}"
    else:
        yield deed.kind
    if deed.letter:
        yield deed.letter
    on = deed.letter_on or deed.promise_on or deed.due_on
    if on:
        yield day(on).lstrip("0").replace("/0", "/")


def done(chat: Chat, said: str) -> str:
    before = chat.talk.question
    chat.hear(said)
    stored = list(deeds(chat.reply))
    assert len(chat.said) == 1
    choices = any(say.choices for say in chat.said)
    asks = choices or (not stored and chat.talk.question not in (None, before))
    return "; ".join([*stored, "ask"] if asks else stored or ["say"])


@pytest.mark.parametrize(("said", "asked", "meant"), rows())
def test_an_utterance_does_what_it_means_and_nothing_else(said: str, asked: str, meant: str) -> None:
    assert done(a_chat(asked), said) == meant


@pytest.mark.parametrize(
    "typed", [lambda s: unicodedata.normalize("NFD", s), str.upper, fold], ids=["nfd", "upper", "bare"]
)
def test_the_same_is_understood_however_it_is_typed(typed) -> None:  # type: ignore[no-untyped-def]
    for said, asked, meant in rows():
        assert done(a_chat(asked), typed(said)).lower() == meant.lower(), said


def test_at_most_one_utterance_in_five_makes_the_bot_ask() -> None:
    asking = [said for said, _, meant in rows() if meant.endswith("ask")]
    assert len(rows()) >= 120
    assert len(asking) / len(rows()) <= MOST_QUESTIONS
