"""Messages that hang on others: edited ones, answers to one, taps under an old one."""

import pytest

from bot.dialogue.values import Record
from models.wire import FileRef, StoredFile
from tests.bot.dialogue.world import Chat, World


@pytest.fixture
def chat() -> Chat:
    return Chat(world := World(), (world.place(),))


def stored(chat: Chat) -> list[tuple[int, str, int | None]]:
    return [(deed.obligation_id, deed.kind, deed.percent) for deed in chat.reply.deeds if isinstance(deed, Record)]


# --- edited -------------------------------------------------------------------------------------------------------


def test_an_edited_message_corrects_what_it_had_stored(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear("K7 80%", message="5", edited=True)
    assert stored(chat) == [(107, "undo", None), (107, "progress", 80)]
    assert chat.text.startswith("Đã điều chỉnh theo tin nhắn đã sửa. K7: 80%. Mã tiếp nhận BN-0149,")
    assert chat.world.item("K7", 1).standing.percent == 80


def test_a_figure_may_fall_by_a_correction(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear("K7 7%", message="5", edited=True)
    assert chat.world.item("K7", 1).standing.percent == 7


def test_a_second_correction_takes_back_the_first(chat: Chat) -> None:
    for text in ("K7 70%", "K7 80%", "K7 75%"):
        chat.hear(text, message="5", edited=text != "K7 70%")
    assert chat.world.item("K7", 1).standing.percent == 75
    assert len(chat.world.item("K7", 1).standing.facts) == 1


def test_a_wrong_code_is_corrected_too(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear("K10 70%", message="5", edited=True)
    assert stored(chat) == [(107, "undo", None), (110, "progress", 70)]
    assert "Nội dung đã ghi cho K7 đã được hủy." in chat.text


def test_an_edit_that_says_the_same_changes_nothing(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear("K7: 70% ạ", message="5", edited=True)
    assert stored(chat) == []
    assert "không làm thay đổi" in chat.text


def test_an_edit_after_it_was_taken_back_is_a_new_answer(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear("K7 0")
    chat.hear("K7 80%", message="5", edited=True)
    assert stored(chat) == [(107, "progress", 80)]


def test_an_edit_that_needs_to_be_confirmed_leaves_what_stands(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear("K7 120%", message="5", edited=True)
    assert stored(chat) == []
    assert "vượt 100%" in chat.text
    assert "vẫn giữ nguyên" in chat.text
    assert [choice.key for choice in chat.said[0].choices] == ["1", "2"]


@pytest.mark.parametrize("text", ["em sửa lại chút", "K7 0", "hủy", "???"])
def test_an_edit_that_says_nothing_clear_leaves_what_stands(chat: Chat, text: str) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear(text, message="5", edited=True)
    assert stored(chat) == []
    assert "vẫn giữ nguyên" in chat.text


def test_a_done_that_is_edited_away_reopens(chat: Chat) -> None:
    chat.hear("K7 đã gửi công văn 88/BC ngày 10/6", message="5")
    assert chat.world.item("K7", 1).standing.state == "submitted"
    chat.hear("K7 70%", message="5", edited=True)
    assert chat.world.item("K7", 1).standing.state == "open"


def test_a_caption_that_is_corrected_moves_the_file(chat: Chat) -> None:
    file = FileRef(ref="f", stored="incoming/1", name="bc.pdf")
    chat.world.files["incoming/1"] = StoredFile(key="incoming/1", sha256="a" * 64, size=1, media_type="application/pdf")
    chat.send(file, text="K7", message="5")
    chat.send(file, text="K10", message="5", edited=True)
    assert stored(chat) == [(107, "undo", None), (110, "evidence", None)]
    assert not chat.world.item("K7", 1).standing.facts


@pytest.mark.parametrize(
    ("text", "taken"), [("K7 đã gửi công văn 89/BC ngày 10/6", ["letter"]), ("K10 xong", ["evidence", "letter"])]
)
def test_files_that_had_waited_for_an_edited_message_stay_with_the_task_it_names(
    chat: Chat, text: str, taken: list[str]
) -> None:
    file = FileRef(ref="f", stored="incoming/1", name="bc.pdf")
    chat.world.files["incoming/1"] = StoredFile(key="incoming/1", sha256="a" * 64, size=1, media_type="application/pdf")
    chat.send(file)
    chat.hear("K7 đã gửi công văn 88/BC ngày 10/6", message="5")
    kinds = {fact.id: fact.kind for fact in chat.world.item("K7", 1).standing.facts}
    chat.hear(text, message="5", edited=True)
    undone = [deed.undoes_id for deed in chat.reply.deeds if isinstance(deed, Record) and deed.kind == "undo"]
    assert [kinds[one] for one in undone if one is not None] == taken


# --- answers to a message -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"), [("80%", "progress"), ("1", "done"), ("xong", "done"), ("hẹn 17/6", "promise")]
)
def test_an_answer_binds_to_the_task_of_the_message_it_answers(chat: Chat, text: str, kind: str) -> None:
    chat.hear("K7 70%", message="5")
    chat.ask("K5")
    chat.hear(text, reply_to="5")
    assert [(obligation, what) for obligation, what, _ in stored(chat)] == [(107, kind)]


def test_a_code_beats_the_message_that_is_answered(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.hear("K5 80%", reply_to="5")
    assert stored(chat) == [(105, "progress", 80)]


def test_an_answer_to_a_message_of_several_tasks_is_asked_about_these(chat: Chat) -> None:
    chat.hear("K7 70%, K10 20%", message="5")
    chat.hear("90%", reply_to="5")
    assert stored(chat) == []
    assert "K7 hay K10" in chat.text


def test_a_file_that_answers_a_message_is_for_its_task(chat: Chat) -> None:
    chat.hear("K7 70%", message="5")
    chat.ask("K5")
    chat.world.files["incoming/1"] = StoredFile(key="incoming/1", sha256="a" * 64, size=1, media_type="application/pdf")
    chat.send(FileRef(ref="f", stored="incoming/1"), reply_to="5")
    assert [(obligation, kind) for obligation, kind, _ in stored(chat)] == [(107, "evidence")]


# --- taps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["đúng", "không đúng"])
def test_a_yes_under_a_question_that_is_over_is_told_so(chat: Chat, text: str) -> None:
    chat.hear(text, kind="tap")
    assert "câu hỏi đã qua" in chat.text
    assert stored(chat) == []
