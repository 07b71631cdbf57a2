"""What holds for any text: nothing raises, nothing is closed without a word that closes, typing does not matter."""

import json
import re
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.dialogue import talk
from bot.dialogue.intents import Answer
from bot.dialogue.reading.answers import read
from bot.dialogue.reading.fold import clean, fold, fold_clean, mend
from bot.dialogue.values import Draft, Question, Record, Reply, Talk
from models.rules.progress import CLAIMS
from tests.bot.dialogue.world import Chat, World

settings.register_profile("dialogue", deadline=None)
settings.load_profile("dialogue")

TODAY = date(2024, 6, 11)
WORDS = """
    K5 K7 K9 k12 K99 K7-STP xong gửi rồi đã nộp hoàn thành chưa sắp gần cơ bản không kịp nhưng còn 70% 70 12/15 17/6
    31/2 hẹn mai thứ sáu cuối tháng công văn 145/BC-CTHADS ngày nhận ok vâng ạ 0 1 2 3 sửa hủy nhầm đang trình ký qua
    trục phát sinh như kỳ trước ngoài hệ thống gia hạn sơ kết báo cáo 6 tháng quý khó khăn , . ; : ? đ/c BN-0147
    0912345678 16h30 viec giup status ai ghi hộ mã mới Sở Tư pháp khoản 7 mật MẬT
"""
PIECES = [*WORDS.split(), "\n"]
CLOSING_WORD = re.compile(
    r"xong|hoan t|gui|nop|bao cao|phat sinh|ngoai he thong|truc|cong van|\d/[a-z]|\b1\b|100|song roi|chuyen|1[0-9]{2}|/"
    r"|so\W*\d\d"
)
HEDGES = ("chưa", "sắp", "gần", "cơ bản", "nhưng còn", "không kịp", "đang", "chuẩn bị", "sẽ")
CLOSERS = ("xong", "hoàn thành", "gửi rồi", "nộp rồi", "hoàn tất", "gửi xong", "báo cáo xong")
ALONG = ("", "ạ", "rồi", "nhé", "em", "đ/c", "báo cáo", "hết")

phrases = st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)
texts = st.one_of(st.text(max_size=300), phrases)


def a_chat(role: str = "focal", agency: int = 1) -> Chat:
    world = World()
    world.add("K5", percent=52)
    chat = Chat(world, (world.place(role, agency),))
    if role == "focal":
        chat.ask("K5")
    return chat


def closes(reply: Reply) -> bool:
    return any(isinstance(deed, Record) and (deed.kind in CLAIMS or (deed.percent or 0) >= 100) for deed in reply.deeds)


@pytest.mark.parametrize("word", [*WORDS.split(), "sửa lại", "điều chỉnh", "mã của em"])
def test_a_word_said_over_and_over_is_read_like_any_other(word: str) -> None:
    a_chat().hear(f"K5 {word} " * 5 + f"{word} " * 400)
    a_chat().hear("K5 " + f"{word} " * 400)


@given(texts)
def test_nothing_raises_and_nothing_closes_without_a_word_that_closes(text: str) -> None:
    chat = a_chat()
    chat.hear(text)
    assert not closes(chat.reply) or CLOSING_WORD.search(fold(text))


@given(
    st.lists(texts, max_size=5),
    st.sampled_from([("desk", 4), ("leader", 1), ("leader", 4), ("auditor", 2), ("focal", 1)]),
)
def test_a_conversation_of_anything_goes_on_for_everybody(said: list[str], who: tuple[str, int]) -> None:
    chat = a_chat(*who)
    for text in said:
        chat.hear(text)
        assert len(chat.said) <= 2
        assert all(say.text for say in chat.said)
        assert "{BN" not in chat.text


@given(st.lists(texts, max_size=4))
def test_a_stranger_changes_nothing(said: list[str]) -> None:
    chat = Chat(World())
    for text in said:
        chat.hear(text)
        assert not any(isinstance(deed, Record) for deed in chat.reply.deeds)


@given(st.sampled_from(HEDGES), st.sampled_from(CLOSERS), st.sampled_from(ALONG), st.booleans())
def test_a_hedge_wins_over_any_closing_word(hedge: str, closer: str, along: str, hedge_first: bool) -> None:
    pair = f"{hedge} {closer}" if hedge_first or hedge != "nhưng còn" else f"{closer} {hedge} phụ lục"
    chat = a_chat()
    chat.hear(f"K7 {pair} {along}")
    assert not closes(chat.reply)


@given(phrases)
def test_composed_decomposed_and_bare_letters_mean_the_same(text: str) -> None:
    composed, decomposed, bare = (meant(form) for form in (text, unicodedata.normalize("NFD", text), fold(text)))
    assert composed == decomposed
    assert [(a.kind, a.number, a.on) for a in composed] == [(a.kind, a.number, a.on) for a in bare]


def meant(text: str) -> list[Answer]:
    said = clean(text)
    return [read(said, mend(fold_clean(said)), TODAY, coded=coded) for coded in (True, False)]


@given(st.text(max_size=200))
def test_folding_keeps_every_place(text: str) -> None:
    said = clean(text)
    assert len(fold_clean(said)) == len(mend(fold_clean(said))) == len(said)
    assert fold(fold(text)) == fold(text)


@given(st.integers(0, 10**10), st.sampled_from(["", "%", " %", " ạ", "/15", " hồ sơ"]))
def test_any_number_is_read_or_asked(number: int, tail: str) -> None:
    chat = a_chat()
    chat.hear(f"K9 {number}{tail}")
    assert chat.said


moments = st.datetimes(datetime(2024, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
pending = st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=9), st.booleans()), max_size=3)
questions = st.builds(
    Question,
    st.sampled_from(["item", "which"]),
    st.lists(st.integers(), max_size=3).map(tuple),
    moments | st.none(),
    pending,
)
drafts = st.builds(
    Draft,
    st.text(max_size=9),
    st.text(max_size=9),
    st.integers(0),
    st.text(max_size=9),
    st.none() | st.text(max_size=5),
)
talks = st.builds(
    Talk,
    st.none() | questions,
    st.lists(drafts, max_size=2).map(tuple),
    st.lists(st.integers(), max_size=3).map(tuple),
    st.none() | st.dates(),
    st.lists(moments, max_size=5).map(tuple),
    st.none() | st.tuples(st.text(max_size=5), st.integers()),
)


@given(talks)
def test_a_talk_comes_back_as_it_went(known: Talk) -> None:
    assert talk.from_json(json.loads(json.dumps(talk.to_json(known)))) == known
