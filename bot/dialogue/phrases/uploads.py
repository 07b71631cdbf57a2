"""The upload link and its page: for files that cannot come through the chat."""

from datetime import datetime, timedelta

from bot.dialogue.phrases.form import due, moment, title, two
from bot.dialogue.values import Item
from models.wire import Say

NO_SECRETS = "Không gửi tài liệu, số liệu thuộc bí mật nhà nước."


# --- in chat ------------------------------------------------------------------------------------------------------


def link(item: Item, label: str) -> str:
    return (
        f"Đề nghị tải tệp cho {label} {title(item)} lên tại: {{LINK}}\n"
        f"Liên kết dùng trong 48 giờ, riêng cho nhiệm vụ này; tải xong bấm Xong để nhận mã tiếp nhận. {NO_SECRETS}"
    )


def instead(item: Item, label: str) -> str:
    """After a message that the platform would not hand over."""
    return f"Nội dung vừa gửi không đọc được tại kênh này, chưa ghi nhận gì. {link(item, label)}"


def which_instead(question: str) -> str:
    return f"Nội dung vừa gửi không đọc được tại kênh này, chưa ghi nhận gì. Nếu là tệp minh chứng: {question}"


SAME_LINK = "Đề nghị tải lên tại liên kết vừa gửi."


def too_many(count: int) -> Say:
    return Say(
        text=f"Đã cấp {two(count)} liên kết trong một giờ. Đề nghị dùng liên kết đã gửi hoặc thử lại sau một giờ."
    )


# --- on the page --------------------------------------------------------------------------------------------------


def task(item: Item) -> str:
    """K5 Báo cáo sơ kết 6 tháng, kết quả các nhóm nội dung giao ước."""
    return f"{item.code} {item.title}"


def by_when(item: Item) -> str:
    return due(item).capitalize() + "."


def until(expires_at: datetime) -> str:
    return f"Liên kết dùng đến {moment(expires_at)}."


def left(expires_at: datetime, wire_now: datetime) -> str:
    """`còn 47 giờ`: what remains of a link, whatever day a demo's calendar shows."""
    hours = max(1, int((expires_at - wire_now) / timedelta(hours=1)))
    return f"Liên kết còn dùng được {two(hours)} giờ."


_OVER = {
    "unknown": "Liên kết không đúng hoặc đã quá cũ.",
    "lapsed": "Liên kết đã hết hiệu lực (48 giờ).",
    "ended": "Liên kết không còn hiệu lực: cuộc trò chuyện đã xin liên kết không còn đại diện cho đơn vị.",
    "hasty": "Thao tác quá nhanh. Đề nghị chờ ít giây rồi mở lại liên kết.",
}


def over(why: str) -> str:
    return _OVER[why]


def how_to_go_on(why: str) -> str:
    return "" if why == "hasty" else "Để lấy liên kết mới, soạn trong cuộc trò chuyện: gửi tệp K7 (K7 là mã nhiệm vụ)."


def received(count: int, at: datetime) -> str:
    return f"Đã tiếp nhận {two(count)} tệp minh chứng, {moment(at)}."
