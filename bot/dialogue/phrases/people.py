"""Greeting, linking, strangers, help, rights."""

from collections.abc import Sequence

from bot.dialogue.phrases.form import two
from bot.dialogue.values import Invited, Place
from models.wire import Choice, Say

NOT_OFFICIAL = "Trao đổi tại đây không thay thế văn bản chính thức."
CONFIRM = (
    Choice(key="1", label="Đúng", says="đúng", style="success"),
    Choice(key="2", label="Không đúng", says="không đúng", style="danger"),
)
PLEASE_CONFIRM = "Đề nghị xác nhận:"

_ROLES = {
    "focal": "cán bộ đầu mối",
    "deputy_focal": "cán bộ đầu mối dự phòng",
    "leader": "lãnh đạo đơn vị",
    "head": "Trưởng khối",
    "deputy_head": "Phó Trưởng khối",
    "desk": "bộ phận giúp việc",
    "admin": "quản trị hệ thống",
    "auditor": "kiểm tra, giám sát",
}


def role(name: str | None) -> str:
    return _ROLES.get(name or "", "thành viên")


def _call(contact: str | None) -> str:
    return f" Liên hệ: {contact}." if contact else " Liên hệ bộ phận giúp việc của khối, cụm thi đua."


def welcome(contact: str | None) -> Say:
    """To somebody who opens the chat for the first time."""
    return Say(
        text="Kính chào đồng chí. Đây là hệ thống nhắc và tiếp nhận thông tin thực hiện giao ước thi đua.\n"
        f"{NOT_OFFICIAL}\n"
        "Đề nghị nhập mã liên kết gồm 8 chữ số ghi trên phiếu kèm giấy giới thiệu." + _call(contact)
    )


def stranger(contact: str | None) -> Say:
    return Say(
        text="Cuộc trò chuyện này chưa được kết nối với đơn vị nào, nội dung vừa gửi chưa được ghi nhận. "
        "Đề nghị nhập mã liên kết gồm 8 chữ số." + _call(contact)
    )


def identity(invited: Invited) -> str:
    """Who and which agency, and what is kept of them: read before anything is linked."""
    who = f"{invited.person}, " if invited.person else ""
    bloc = f", {invited.bloc}" if invited.bloc and invited.agency else ""
    from_whom = f"\nNhận bàn giao từ đồng chí {invited.hands_over}." if invited.hands_over else ""
    return (
        f"{who}{invited.agency or invited.bloc or ''} – {role(invited.role)}{bloc}.{from_whom}\n"
        "Hệ thống chỉ lưu họ tên, chức vụ, đơn vị, số điện thoại công vụ và mã cuộc trò chuyện để nhắc việc, "
        "tiếp nhận báo cáo.\n"
        f"Không gửi nội dung, tài liệu thuộc bí mật nhà nước tại đây. {NOT_OFFICIAL}"
    )


def confirm_link(invited: Invited, same: Sequence[str] = ()) -> Say:
    """`same`: what whoever holds the place already, and comes from another channel, may answer."""
    more = tuple(Choice(key=str(n), label=label, says=str(n)) for n, label in enumerate(same, 3))
    return Say(text=f"{identity(invited)}\n{PLEASE_CONFIRM}", choices=(*CONFIRM, *more))


_NO_GOOD = {
    "unknown": "Mã liên kết không đúng. Đề nghị kiểm tra lại 8 chữ số trên phiếu và nhập lại.",
    "used": "Mã liên kết này đã được sử dụng. Đề nghị liên hệ để được cấp mã mới.",
    "expired": "Mã liên kết đã hết hiệu lực. Đề nghị liên hệ để được cấp mã mới.",
    "revoked": "Mã liên kết này đã được thay bằng mã khác. Đề nghị dùng mã mới nhất hoặc liên hệ để được cấp lại.",
}


def no_good(state: str, contact: str | None) -> Say:
    return Say(text=_NO_GOOD.get(state, _NO_GOOD["unknown"]) + _call(contact))


def too_many_codes(contact: str | None) -> Say:
    return Say(text="Đã nhập sai mã liên kết 05 lần. Đề nghị thử lại sau một giờ." + _call(contact))


def link_declined(contact: str | None) -> Say:
    return Say(text="Chưa kết nối; mã liên kết vẫn còn hiệu lực. Đề nghị liên hệ để nhận đúng mã." + _call(contact))


def already_linked(invited: Invited) -> Say:
    return Say(text=f"Cuộc trò chuyện này đã kết nối với {invited.agency or invited.bloc} – {role(invited.role)}.")


def linked(whose: str, role_name: str | None) -> str:
    return f"Đã kết nối: {whose} – {role(role_name)}. {NOT_OFFICIAL}"


HOURS = (
    "Tin nhắc gửi trong giờ hành chính, mỗi ngày nhiều nhất một tin. Soạn viec để xem nhiệm vụ, giup để được hướng dẫn."
)


VIEWS = (
    Choice(key="1", label="Tình hình chung", says="status"),
    Choice(key="2", label="Đơn vị chưa gửi", says="ai chưa gửi"),
    Choice(key="3", label="Hướng dẫn", says="giup"),
)
"""What somebody who leads the bloc may look at first."""


def first_views(opening: str) -> Say:
    return Say(text=f"{opening}\nĐồng chí có thể xem:", choices=VIEWS)


def nothing_due(later: int) -> str:
    return f"Hiện chưa có nhiệm vụ đến kỳ thực hiện; chưa đến kỳ: {two(later)} nhiệm vụ."


def reader_may(count: int) -> str:
    return f"Đơn vị đang có {two(count)} nhiệm vụ chưa hoàn thành. Soạn: đơn vị mình còn gì."


def confirm_again(whose: str, role_name: str | None) -> Say:
    return Say(text=f"{whose} – {role(role_name)}. {PLEASE_CONFIRM}", choices=CONFIRM)


_HELP_FOCAL = """Cách trả lời (K7 là mã nhiệm vụ):
K7 1 hoặc K7 xong – đã gửi
K7 70% hoặc K7 12/15 – đang thực hiện
K7 3 <nội dung> – khó khăn, vướng mắc
K7 hẹn 17/6 – ngày dự kiến gửi
K7 đã gửi công văn 145/BC-STP ngày 12/6 – hoặc: gửi qua trục
K7 đang trình ký · K7 không phát sinh · K7 như kỳ trước · K7 nộp ngoài hệ thống
K7 nhận – đã nhận thông tin
K7 0 – hủy nội dung vừa ghi
Gửi tệp, ảnh minh chứng: ghi K7 ở chú thích; tệp lớn, hoặc nơi không gửi được tệp: gửi tệp K7 – để nhận liên kết.
Nhiều nhiệm vụ một lần: K7 xong, K9 70%
viec – danh sách nhiệm vụ của đơn vị
vang từ 10/6 đến 15/6 – báo vắng, người dự phòng nhận tin thay; bangiao – bàn giao cho người khác
thêm kênh, ưu tiên Zalo – kết nối kênh thứ hai, chọn kênh nhận tin; /xoa – dữ liệu cá nhân"""
_HELP_LEADER = "đơn vị mình còn gì – xem nhiệm vụ của đơn vị"
_HELP_HEAD = """status – tình hình chung
ai chưa gửi, ai chưa gửi K7 – từng đơn vị và lý do
Sở Tư pháp thế nào – một đơn vị
ghi hộ <đơn vị> K7 <nội dung trả lời> – ghi nhận thay đơn vị; thêm qua điện thoại, theo công văn hoặc trực tiếp
mã mới <đơn vị> – cấp lại mã liên kết; kết nối, hủy liên kết <đơn vị>, ai vắng – người đang kết nối"""
_HELP_DESK = """/giaoviec <nội dung>; hạn 16:00 20/6; <tất cả hoặc mã đơn vị> – giao việc
/doihan K7 25/6 <lý do, số văn bản> – đổi thời hạn cho mọi đơn vị
/thongbao <nội dung> – thông báo chung; ai chưa nhận – ai chưa xác nhận
/nhac, /nhac K7, /nhac STP – nhắc ngay
/baocao – bản tổng hợp và nội dung gửi nhóm chung
tạm dừng đến 20/6, tiếp tục – tạm dừng và gửi lại tin nhắc"""


def help_for(places: tuple[Place, ...]) -> Say:
    """Only what this chat may do."""
    parts = []
    if any(place.answers for place in places):
        parts.append(_HELP_FOCAL)
    if any(place.role == "leader" and not place.leads for place in places):
        parts.append(_HELP_LEADER)
    if any(place.leads for place in places):
        parts += [_HELP_HEAD, _HELP_DESK]
    return Say(text="\n".join([*parts, NOT_OFFICIAL]))


def may_not_answer(places: tuple[Place, ...]) -> Say:
    if any(place.leads for place in places):
        return Say(
            text="Chưa ghi nhận. Để ghi nhận thay một đơn vị, soạn: ghi hộ <đơn vị> K7 <nội dung>, "
            "ví dụ: ghi hộ STP K7 70%."
        )
    return Say(
        text="Chưa ghi nhận: việc trả lời do cán bộ đầu mối của đơn vị thực hiện. "
        "Đồng chí có thể xem nhiệm vụ, soạn: đơn vị mình còn gì."
    )


def for_the_head_only(head: str) -> Say:
    return Say(
        text=f"Nội dung này dành cho {head}, cấp phó và bộ phận giúp việc. "
        "Đồng chí có thể soạn viec để xem nhiệm vụ của đơn vị."
    )


def new_code(agency: str, role_name: str) -> Say:
    return Say(
        text=f"Mã liên kết mới của {agency} – {role(role_name)}: {{CODE}}\n"
        "Mã cũ không còn hiệu lực. Đề nghị chuyển mã cho đúng người, không gửi vào nhóm chung."
    )


def which_task_on_behalf(short: str) -> Say:
    return Say(text=f"Chưa rõ nhiệm vụ nào, chưa ghi nhận. Đề nghị ghi kèm mã, ví dụ: ghi hộ {short} K7 70%.")


def which_agency(names: tuple[str, ...], example: str) -> Say:
    known = "; ".join(names)
    return Say(text=f"Chưa rõ đơn vị nào. Đề nghị ghi tên hoặc mã đơn vị, ví dụ: {example}.\nCác đơn vị: {known}.")


def hello() -> str:
    return "Kính chào đồng chí."
