"""Files: where they go, what waits, what is erased."""

from datetime import timedelta

import pytest

from bot.dialogue.values import EraseSecret, Record
from models.wire import FileRef, StoredFile
from tests.bot.dialogue.world import Chat, World


def a_chat() -> Chat:
    world = World()
    return Chat(world, (world.place(),))


def a_file(
    chat: Chat, name: str = "bao-cao.pdf", verdict: str | None = None, kind: str = "document", hashed: str = "3f2a9c41"
) -> FileRef:
    key = f"incoming/{len(chat.world.files) + 1}"
    chat.world.files[key] = StoredFile(
        key=key, sha256=hashed * 8, size=9, media_type="application/pdf", verdict=verdict
    )
    return FileRef.model_validate({"ref": "f", "kind": kind, "name": name, "stored": key})


def filed(chat: Chat) -> list[tuple[int, str]]:
    return [(deed.obligation_id, deed.kind) for deed in chat.reply.deeds if isinstance(deed, Record)]


def test_an_album_is_one_submission_with_one_receipt() -> None:
    chat = a_chat()
    chat.send(a_file(chat), a_file(chat, "2.jpg", kind="photo"), text="K7 xong", group="album-1")
    assert filed(chat) == [(107, "evidence"), (107, "evidence"), (107, "done")]
    assert "02 tệp minh chứng; đã gửi" in chat.text


def test_pictures_of_an_album_that_come_one_by_one_follow_the_first() -> None:
    chat = a_chat()
    chat.send(a_file(chat), text="K7", group="album-1")
    chat.send(a_file(chat), group="album-1")
    assert filed(chat) == [(107, "evidence")]


@pytest.mark.parametrize("closed", [(), ("K5", "K7", "K9", "K12"), ("K5", "K7", "K8", "K9", "K10", "K12")])
def test_a_file_for_a_task_of_others_says_that_it_waits(closed: tuple[str, ...]) -> None:
    chat = a_chat()
    for code in closed:
        chat.world.add(code, kind="outside")
    chat.send(a_file(chat), text="K6")
    assert "K6 không thuộc nhiệm vụ của đơn vị" in chat.text
    assert "Tệp" in chat.text


def test_an_album_without_a_task_is_asked_about_once() -> None:
    chat = a_chat()
    chat.send(a_file(chat), group="album-1")
    assert "Tệp này dùng cho nhiệm vụ nào?" in chat.text
    assert chat.send(a_file(chat), group="album-1") == []
    chat.hear("K7")
    assert filed(chat) == [(107, "evidence"), (107, "evidence")]


def test_the_draft_survives_other_talk_and_goes_with_the_answer() -> None:
    chat = a_chat()
    chat.send(a_file(chat))
    for said in ("viec", "giup", "hôm nay mưa quá", "ok"):
        chat.hear(said)
        assert len(chat.talk.draft) == 1
    chat.hear("K7 xong")
    assert filed(chat) == [(107, "evidence"), (107, "done")]
    assert not chat.talk.draft
    assert "K7 được ghi nhận hoàn thành" in chat.text


def test_a_file_that_waits_for_its_task_goes_on_waiting_when_another_is_filed() -> None:
    chat = a_chat()
    chat.send(a_file(chat, "mot.pdf"))
    chat.send(a_file(chat, "hai.pdf", hashed="00000000"), text="K7")
    assert filed(chat) == [(107, "evidence")]
    assert "Tệp mot.pdf gửi trước đó dùng cho nhiệm vụ nào? K5, K7, K9 hay K12?" in chat.text
    assert chat.text.count("?") == 2
    chat.hear("K9")
    assert filed(chat) == [(109, "evidence")]
    assert not chat.talk.draft


def test_the_same_file_sent_again_with_its_task_waits_no_longer() -> None:
    chat = a_chat()
    chat.send(a_file(chat))
    chat.send(a_file(chat), text="K7")
    assert filed(chat) == [(107, "evidence")]
    assert "gửi trước đó" not in chat.text
    assert not chat.talk.draft


def test_the_caption_that_comes_with_a_later_picture_is_the_whole_album_s() -> None:
    chat = a_chat()
    chat.send(a_file(chat), group="album-1")
    chat.send(a_file(chat, hashed="00000000"), text="K7", group="album-1")
    assert filed(chat) == [(107, "evidence"), (107, "evidence")]


def test_a_file_that_waits_is_none_of_an_album_that_has_its_task() -> None:
    chat = a_chat()
    chat.send(a_file(chat, "mot.pdf"))
    chat.send(a_file(chat, hashed="00000000"), text="K7", group="album-1")
    chat.send(a_file(chat, hashed="11111111"), group="album-1")
    assert filed(chat) == [(107, "evidence")]
    assert [draft.name for draft in chat.talk.draft] == ["mot.pdf"]


def test_where_a_file_goes_is_not_asked_again_once_it_has_gone_elsewhere() -> None:
    chat = a_chat()
    chat.send(a_file(chat))
    chat.hear("K8 đã gửi công văn 145/BC-SNV ngày 12/6")
    assert filed(chat) == [(108, "evidence"), (108, "letter")]
    chat.hear("khối 7 thế nào")
    assert "Tệp này" not in chat.text


def test_an_answer_without_a_code_waits_together_with_the_file() -> None:
    chat = a_chat()
    chat.send(a_file(chat))
    chat.hear("70%")
    chat.hear("K9")
    assert filed(chat) == [(109, "evidence"), (109, "progress")]


def test_a_file_that_was_swept_meanwhile_is_asked_for_again() -> None:
    chat = a_chat()
    chat.send(a_file(chat))
    chat.world.files.clear()
    chat.hear("K7")
    assert filed(chat) == []
    assert "đề nghị gửi lại tệp" in chat.text


def test_good_files_are_kept_beside_bad_ones() -> None:
    chat = a_chat()
    chat.send(a_file(chat), a_file(chat, "khoa.pdf", "encrypted"), text="K7")
    assert filed(chat) == [(107, "evidence")]
    assert "Tệp khoa.pdf: tệp có mật khẩu" in chat.text


def test_a_file_for_the_open_question_proves_its_task() -> None:
    chat = a_chat()
    chat.ask("K5")
    chat.send(a_file(chat))
    assert filed(chat) == [(105, "evidence")]
    assert "SHA-256 3f2a9c413f2a" in chat.text
    chat.hear("1")
    assert filed(chat) == [(105, "done")]
    assert chat.world.item("K5", 1).standing.state == "submitted"


def test_a_caption_that_says_not_yet_closes_nothing() -> None:
    chat = a_chat()
    chat.send(a_file(chat), text="K7 chưa xong, gửi tạm bản thảo")
    assert filed(chat) == [(107, "evidence"), (107, "progress")]


def test_a_forwarded_notice_as_caption_says_nothing_about_the_task() -> None:
    chat = a_chat()
    chat.send(a_file(chat), text="Kính gửi các đơn vị, K7 xong trước 17/6")
    assert filed(chat) == []
    assert len(chat.talk.draft) == 1


def test_a_voice_message_is_no_evidence() -> None:
    chat = a_chat()
    chat.ask("K5")
    chat.send(a_file(chat, kind="voice"))
    assert filed(chat) == []
    assert "tin thoại" in chat.text


def test_a_secret_file_takes_everything_with_it() -> None:
    chat = a_chat()
    chat.send(a_file(chat))
    chat.send(a_file(chat, verdict="secret"), text="K7")
    assert [type(deed) for deed in chat.reply.deeds] == [EraseSecret]
    assert not chat.talk.draft


def test_a_marked_caption_or_name_is_refused_before_anything_else() -> None:
    for name, caption in (("TUYET_MAT_so-lieu.pdf", "K7"), ("so-lieu.pdf", "K7 (TỐI MẬT)"), ("MAT_so-lieu.pdf", "")):
        chat = a_chat()
        chat.send(a_file(chat, name), text=caption)
        assert [type(deed) for deed in chat.reply.deeds] == [EraseSecret], name


def test_a_doubt_keeps_nothing_and_has_a_way_out_once() -> None:
    chat = a_chat()
    chat.hear("K7 3 tài liệu mật chưa có")
    assert chat.world.erased == ["doubtful"]
    chat.hear("1")
    chat.hear("K7 3 tài liệu mật chưa có")
    assert filed(chat) == [(107, "difficulty")]
    chat.hear("K7 3 tài liệu mật chưa có")
    assert filed(chat) == []


def test_a_question_ends_with_the_next_working_day() -> None:
    chat = a_chat()
    chat.ask("K5")
    chat.world.now += timedelta(days=1)
    chat.hear("70")
    assert filed(chat) == [(105, "progress")]
    chat.world.now += timedelta(days=1)
    chat.hear("80")
    assert filed(chat) == []
