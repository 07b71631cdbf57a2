"""The upload link beside files that came, and files that came by it."""

from datetime import timedelta

import pytest

from bot.dialogue.values import MakeUploadLink, Record
from models.wire import FileRef
from tests.bot.dialogue.test_files import a_chat, a_file, filed
from tests.bot.dialogue.world import Chat


def too_large(name: str = "phim.mp4") -> FileRef:
    return FileRef(ref="f", name=name, trouble="too_large")


def linked(chat: Chat) -> list[int]:
    return [deed.obligation_id for deed in chat.reply.deeds if isinstance(deed, MakeUploadLink)]


def test_what_came_is_filed_and_what_did_not_gets_a_link_for_the_same_task() -> None:
    chat = a_chat()
    chat.send(a_file(chat), too_large(), text="K5")
    assert (filed(chat), linked(chat)) == ([(105, "evidence")], [105])
    assert "phim.mp4: lớn hơn mức mà kênh này cho phép" in chat.text
    assert [choice.key for choice in chat.said[0].choices] == ["1", "2"]


def test_a_file_without_its_task_is_filed_with_the_answer_and_the_other_gets_its_link_then() -> None:
    chat = a_chat()
    chat.send(a_file(chat), too_large())
    assert (filed(chat), linked(chat)) == ([], [])
    chat.hear("K7")
    assert (filed(chat), linked(chat)) == ([(107, "evidence")], [107])
    assert not chat.talk.draft


def test_a_large_file_that_names_its_task_gets_its_own_link_at_once() -> None:
    chat = a_chat()
    chat.send(too_large())
    assert linked(chat) == []
    chat.send(too_large(), text="K7")
    assert linked(chat) == [107]
    chat.send(too_large("hai.mp4"), text="K7")
    assert "hai.mp4" in chat.text
    assert linked(chat) == []


def test_a_large_file_beside_one_that_waits_is_asked_about_in_words() -> None:
    chat = a_chat()
    chat.send(a_file(chat))
    chat.send(too_large())
    assert "phim.mp4: lớn hơn mức mà kênh này cho phép.\nTệp này dùng cho nhiệm vụ nào?" in chat.text
    chat.hear("K7")
    assert (filed(chat), linked(chat)) == ([(107, "evidence")], [107])


def test_the_open_question_says_what_a_large_file_is_for() -> None:
    chat = a_chat()
    chat.ask("K9")
    chat.send(too_large())
    assert linked(chat) == [109]
    chat.hear("70%")
    assert filed(chat) == [(109, "progress")]


def test_a_dozen_links_within_an_hour_are_enough() -> None:
    chat = a_chat()
    for _ in range(12):
        chat.hear("link K5")
        assert linked(chat) == [105]
    chat.hear("link K5")
    assert linked(chat) == []
    assert "Đã cấp 12 liên kết" in chat.text
    chat.world.now += timedelta(hours=1)
    chat.hear("link K5")
    assert linked(chat) == [105]


@pytest.mark.parametrize("said", ["gửi tệp K5 rồi", "K5 gửi tệp rồi", "link này là gì?", "K7 xong, sẽ tải tệp lên sau"])
def test_words_that_only_mention_a_file_ask_for_no_link(said: str) -> None:
    chat = a_chat()
    chat.hear(said)
    assert linked(chat) == []


@pytest.mark.parametrize(
    "typed",
    ["gui tep k5", "/link K5", "LIEN KET K5", "upload file K5", "gửi file cho K5 nhé", "xin link K5", "K5 gửi tệp"],
)
def test_the_words_are_known_however_they_are_typed(typed: str) -> None:
    chat = a_chat()
    chat.hear(typed)
    assert linked(chat) == [105]


def test_files_of_a_link_are_for_its_task_and_leave_the_chat_s_own_draft_alone() -> None:
    chat = a_chat()
    chat.send(a_file(chat, "cho.pdf", hashed="00000000"))
    chat.send(a_file(chat, "a.pdf"), a_file(chat, "b.pdf"), obligation=107)
    assert filed(chat) == [(107, "evidence"), (107, "evidence")]
    assert [draft.name for draft in chat.talk.draft] == ["cho.pdf"]
    assert "đã gửi đủ hay đang thực hiện?" in chat.text
    chat.hear("1")
    assert filed(chat) == [(107, "done")]


def test_a_link_to_a_task_that_is_not_answered_for_any_more_files_nothing() -> None:
    chat = a_chat()
    chat.send(a_file(chat), obligation=207)
    assert not any(isinstance(deed, Record) for deed in chat.reply.deeds)
