"""Several places in one chat, several chats of one person, and what the desk hears of links and may undo."""

from collections.abc import Sequence

from bot.dialogue.phrases import channels
from bot.dialogue.phrases.form import day, enumerated, moment
from bot.dialogue.phrases.people import CONFIRM, PLEASE_CONFIRM, identity, role
from bot.dialogue.posts.values import Link
from bot.dialogue.values import Invited, Place
from models.wire import Choice, Say

PLEASE_CHOOSE = "Đề nghị chọn:"
SHARED = "tài khoản dùng chung"
ADD_WORDS = ("them", "thay the", "huy")


def channel(name: str) -> str:
    return channels.name(name)


def numbered(labels: Sequence[str]) -> tuple[Choice, ...]:
    return tuple(Choice(key=str(n), label=label, says=str(n)) for n, label in enumerate(labels, 1))


def place(one: Place) -> str:
    return f"{one.agency or one.bloc} – {role(one.role)}"


# --- a second code ------------------------------------------------------------------------------------------------


def add_or_replace(invited: Invited, places: Sequence[Place]) -> Say:
    here = "; ".join(dict.fromkeys(map(place, places)))
    return Say(
        text=f"{identity(invited)}\nCuộc trò chuyện này đang kết nối với: {here}.\n{PLEASE_CHOOSE}",
        choices=(
            Choice(key="1", label="Thêm, giữ kết nối hiện có", says="1"),
            Choice(key="2", label="Thay thế kết nối hiện có", says="2"),
            Choice(key="3", label="Hủy", says="3"),
        ),
    )


def who_is_it(whose: str, role_name: str | None, names: Sequence[str]) -> Say:
    """Of the same agency: one person in two posts, or two people at one account."""
    labels = [f"Đồng chí {name}, cùng một người" for name in names]
    return Say(
        text=f"{whose} – {role(role_name)}: vị trí này do ai đảm nhận?",
        choices=numbered([*labels, f"Cán bộ khác, {SHARED} này", "Hủy"]),
    )


def replaced(old: Sequence[Place]) -> str:
    return f"Đã chấm dứt kết nối với: {'; '.join(dict.fromkeys(map(place, old)))}."


def shared(agency: str) -> str:
    return f"Cuộc trò chuyện này là {SHARED} của {agency}; hệ thống sẽ hỏi khi chưa rõ ai trả lời."


def who_speaks(names: Sequence[tuple[str, str]]) -> Say:
    """(name, role) of each person who speaks from this chat."""
    return Say(
        text=f"Đây là {SHARED}. Nội dung này do ai gửi? Hệ thống hỏi một lần trong ngày.",
        choices=numbered([f"{name}, {role(post)}" for name, post in names]),
    )


def nothing_changed() -> Say:
    return Say(text="Không có gì thay đổi.")


# --- channels -----------------------------------------------------------------------------------------------------


def same_person(name: str) -> str:
    return f"Đúng, là đồng chí {name}, thêm kênh này"


def channel_added(links: Sequence[str]) -> str:
    """The channels that there were before."""
    return f"Đã thêm kênh. Kênh đã có: {enumerated(links)}. Chọn kênh nhận tin nhắc, soạn: ưu tiên <tên kênh>."


def which_place(places: Sequence[Place]) -> Say:
    return Say(text="Cho vị trí nào?", choices=numbered([*map(place, places), "Thôi"]))


def second_channel(whose: str, role_name: str) -> Say:
    return Say(
        text=f"Mã liên kết thêm kênh cho {whose} – {role(role_name)}: {{CODE}}\n"
        f"Đề nghị nhập mã này tại kênh thứ hai ({channels.all_of_them('hoặc')}), mã dùng một lần. "
        "Kết nối hiện có vẫn giữ nguyên."
    )


def prefers(name: str) -> Say:
    return Say(text=f"Đã ghi nhận: tin nhắc gửi qua {channel(name)}; kênh khác chỉ dùng khi kênh này không gửi được.")


def not_on_that_channel(name: str, mine: Sequence[str]) -> Say:
    known = enumerated([channel(one) for one in mine])
    return Say(
        text=f"Đồng chí chưa kết nối qua {channel(name)}. Kênh đã kết nối: {known}. Để kết nối thêm, soạn: thêm kênh."
    )


def no_such_channel() -> Say:
    return Say(text=f"Hệ thống chỉ gửi tin qua {channels.all_of_them()}. Ví dụ: ưu tiên Zalo.")


# --- what the desk sees -------------------------------------------------------------------------------------------


def _who(link: Link) -> str:
    mark = f", {SHARED}" if link.shared else ""
    return f"{link.person} – {role(link.role)}, {channel(link.channel)}{mark}"


def news(link: Link, others: Sequence[str]) -> Say:
    """To the desk, of every new link. `others`: who else speaks from the same chat."""
    also = f" Cùng tài khoản với: {enumerated(others)}." if others else ""
    return Say(
        text=f"Kết nối mới, số {link.number}: {link.agency}, {_who(link)}, {moment(link.since)}.{also}\n"
        f"Nếu không đúng người, soạn: hủy liên kết số {link.number}.",
    )


def list_links(links: Sequence[Link], unlinked: Sequence[str], away: Sequence[str]) -> Say:
    lines = [f"Đã kết nối ({len(links):02d}):"]
    lines += [f"{one.number}. {one.agency}: {_who(one)}, từ {day(one.since.date())}{_shut(one)}" for one in links]
    if unlinked:
        lines.append(f"Chưa kết nối: {enumerated(unlinked)}.")
    if away:
        lines += ["Đang vắng hoặc sắp vắng:", *away]
    lines.append("Hủy một kết nối: hủy liên kết số <số>. Cấp mã: mã mới <đơn vị>.")
    return Say(text="\n".join(lines))


def _shut(link: Link) -> str:
    """Why its chat takes no messages."""
    return {"blocked": " (đã chặn, không nhận được tin)", "gone": " (không còn cuộc trò chuyện)"}.get(link.state, "")


def which_link(links: Sequence[Link]) -> Say:
    return Say(text="Hủy kết nối nào?", choices=numbered([*(f"{one.agency}: {_who(one)}" for one in links), "Thôi"]))


def confirm_unlink(link: Link) -> Say:
    return Say(text=f"Hủy kết nối của {link.agency}: {_who(link)}.\n{PLEASE_CONFIRM}", choices=CONFIRM)


def unlinked(link: Link) -> Say:
    return Say(
        text=f"Đã hủy kết nối của {link.agency}: {_who(link)}. Người này đã được thông báo; nội dung đã ghi nhận "
        f"vẫn giữ nguyên.\nCấp mã cho người khác, soạn: mã mới {link.agency}."
    )


def no_link(named: str | None) -> Say:
    what = f"{named} chưa có kết nối nào" if named else "Không có kết nối này hoặc kết nối đã chấm dứt"
    return Say(text=f"{what}. Xem danh sách, soạn: kết nối.")


def which_agency_to_unlink() -> Say:
    return Say(
        text="Chưa rõ đơn vị nào. Ví dụ: hủy liên kết STP, hoặc hủy liên kết số 12. Xem danh sách, soạn: kết nối."
    )


def ended(whose: str, role_name: str, contact: str | None) -> str:
    """To the person whose link was ended."""
    call = (
        f" Nếu chưa đúng, đề nghị liên hệ: {contact}."
        if contact
        else " Nếu chưa đúng, đề nghị liên hệ bộ phận giúp việc."
    )
    return (
        f"Kết nối của cuộc trò chuyện này với {whose} – {role(role_name)} đã được bộ phận giúp việc chấm dứt.{call} "
        "Trân trọng cảm ơn đồng chí."
    )
