"""Who may do what, in one chat or in another."""

from dataclasses import replace

import pytest

from bot.dialogue.values import Book, Facts, Item, Member, Needs, Place, Record
from tests.bot.dialogue.world import Chat, World


def stored(chat: Chat) -> list[Record]:
    return [deed for deed in chat.reply.deeds if isinstance(deed, Record)]


@pytest.mark.parametrize("role", ["leader", "auditor", "desk", "admin"])
@pytest.mark.parametrize("said", ["K5 70%", "K5 xong", "70", "hủy", "K5 0", "ok"])
def test_only_focal_points_answer_for_their_agency(role: str, said: str) -> None:
    chat = Chat(world := World(), (world.place(role, 4),))
    world.add("K5", 4, percent=52)
    chat.ask("K5", 4)
    chat.hear(said)
    assert not stored(chat)


@pytest.mark.parametrize("said", ["ghi hộ TTT K5 70%", "mã mới TTT", "Thanh tra tỉnh thế nào", "status", "ai chưa gửi"])
@pytest.mark.parametrize(("role", "agency"), [("focal", 1), ("leader", 1), ("desk", 1), ("focal", 4), ("auditor", 4)])
def test_the_bloc_is_for_those_who_lead_it(said: str, role: str, agency: int) -> None:
    chat = Chat(world := World(), (world.place(role, agency),))
    chat.hear(said)
    assert not chat.reply.deeds
    assert "Thanh tra tỉnh" not in chat.text
    assert "hoàn thành quá hạn" not in chat.text.lower()


def test_a_rotation_of_the_seat_changes_rights_and_no_person() -> None:
    world = World()
    head = world.place("leader", 4)
    chat = Chat(world, (head,))
    chat.hear("status")
    assert "Hoàn thành đúng hạn" in chat.text
    chat.places = (replace(head, seats=()),)
    chat.hear("status")
    assert "Hoàn thành đúng hạn" not in chat.text


def test_files_of_somebody_who_may_not_answer_are_not_stored() -> None:
    from models.wire import FileRef, StoredFile

    chat = Chat(world := World(), (world.place("leader", 1),))
    world.files["incoming/1"] = StoredFile(key="incoming/1", sha256="a", size=1, media_type="application/pdf")
    chat.send(FileRef(ref="f", stored="incoming/1"), text="K5")
    assert not stored(chat)
    assert not chat.talk.draft


def test_a_group_hears_only_where_to_write_and_a_blocked_chat_nothing() -> None:
    chat = Chat(world := World(), (world.place(),))
    chat.hear("K5 70%", private=False, write_at="https://t.me/GiaoUocBot")
    assert "trong nhóm" in chat.text
    assert "https://t.me/GiaoUocBot" in chat.text
    chat.hear("1234 5678", private=False)
    assert "Mã liên kết không sử dụng trong nhóm" in chat.text
    assert "5678" not in chat.text
    assert chat.hear("đúng", kind="tap", private=False) == []
    assert chat.hear(kind="blocked") == []
    assert not stored(chat)


class TwoBlocs(World):
    """The same person answers for one agency in each of two blocs that both have a K5."""

    @property
    def book(self) -> Book:
        book = super().book
        second = tuple(replace(entry, bloc_id=2, milestone_id=entry.milestone_id + 1000) for entry in book.entries)
        return Book(book.entries + second, (*book.members, Member(91, 2, "Phòng Tư pháp", "PTP")))

    def items(self, agency: int) -> list[Item]:
        if agency != 91:
            return super().items(agency)
        return [
            replace(item, obligation_id=9100 + item.milestone_id, milestone_id=item.milestone_id + 1000, bloc_id=2,
                    agency_id=91, agency="Phòng Tư pháp", short="PTP")
            for item in super().items(1)
        ]  # fmt: skip

    def look_up(self, needs: Needs) -> Facts:
        return super().look_up(needs)


def both(world: World) -> tuple[Place, ...]:
    first = world.place()
    return first, replace(
        first, post_id=91, bloc_id=2, slug="cum-2", bloc="Cụm 2", agency_id=91, agency="Phòng Tư pháp", short="PTP"
    )


def test_a_code_of_two_blocs_is_asked_once_and_the_answer_waits() -> None:
    chat = Chat(world := TwoBlocs(), both(world))
    chat.hear("K5 70%")
    assert [choice.label for choice in chat.said[0].choices] == [
        "Sở Tư pháp, Báo cáo sơ kết 6 tháng",
        "Phòng Tư pháp, Báo cáo sơ kết 6 tháng",
    ]
    chat.hear("2")
    assert [(deed.obligation_id, deed.percent) for deed in stored(chat)] == [(9105, 70)]
    assert "K5-PTP: 70%" in chat.text


@pytest.mark.parametrize("said", ["K5-PTP 70%", "k5-ptp: 70"])
def test_a_code_with_its_agency_is_never_asked(said: str) -> None:
    chat = Chat(world := TwoBlocs(), both(world))
    chat.hear(said)
    assert [deed.obligation_id for deed in stored(chat)] == [9105]


@pytest.mark.parametrize("said", ["PTP", "Phòng Tư pháp", "phong tu phap"])
def test_which_agency_is_also_answered_by_its_name(said: str) -> None:
    chat = Chat(world := TwoBlocs(), both(world))
    chat.hear("K5 xong")
    chat.hear(said)
    assert [(deed.obligation_id, deed.kind) for deed in stored(chat)] == [(9105, "done")]
