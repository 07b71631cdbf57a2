"""Broadcasts: previews, what the receivers read, and who has acknowledged."""

from collections.abc import Sequence
from datetime import datetime

from bot.dialogue.orders.values import BroadcastView, Receiver
from bot.dialogue.phrases.form import enumerated, moment, number, quoted, two
from bot.dialogue.phrases.orders import PLEASE_CONFIRM, SEND_OR_NOT, reach
from models.rules.rhythm import Rhythm
from models.wire import Choice, Say

LIMIT = 1800
"""UTF-16 units: with its frame it still is one message on the strictest platform."""
_SHOWN = 300
UNANSWERED = ("sent", "uncertain")
"""What may be called a second time."""
_DAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def ask_text() -> Say:
    return Say(
        text="Thông báo nội dung gì? Đề nghị soạn nội dung, hoặc soạn đủ một lần:\n/thongbao <nội dung>\n"
        "/thongbao STP, CA: <nội dung>\n/thongbao 14:00 20/6: <nội dung>\nĐể thôi, soạn: hủy."
    )


def too_long(length: int) -> Say:
    return Say(
        text=f"Thông báo dài {number(length)} ký tự, tối đa {number(LIMIT)}. Chưa gửi gì. "
        "Đề nghị rút gọn, nội dung chi tiết gửi bằng văn bản."
    )


def ask_hour() -> Say:
    return Say(text="Gửi định kỳ vào giờ nào? Ví dụ: 08:30. Để thôi, soạn: hủy.")


def no_such_day(day: int) -> Say:
    return Say(text=f"Không phải tháng nào cũng có ngày {day}. Đề nghị chọn ngày từ 1 đến 28.")


def preview(
    text: str,
    receivers: Sequence[Receiver],
    everybody: bool,
    starts: datetime | None,
    rhythm: Rhythm | None,
    sending: str,
) -> Say:
    whom = "toàn khối" if everybody else enumerated([one.agency for one in receivers])
    lines = [
        f"Thông báo đến {whom} ({two(len(receivers))} đơn vị):",
        quoted(text, _SHOWN),
        *reach(receivers),
        _timing(starts, rhythm) or sending,
        PLEASE_CONFIRM,
    ]
    return Say(text="\n".join(lines), choices=SEND_OR_NOT)


def _timing(starts: datetime | None, rhythm: Rhythm | None) -> str | None:
    if starts is None:
        return None
    if rhythm is None:
        return at(starts)
    how = f"{_DAYS[rhythm[1]]} hằng tuần" if rhythm[0] == "weekly" else f"ngày {rhythm[1]} hằng tháng"
    return f"Tin được gửi {how}, lần đầu lúc {moment(starts)}; rơi vào ngày nghỉ thì gửi ngày làm việc kế tiếp."


def at(starts: datetime) -> str:
    return f"Tin được gửi lúc {moment(starts)}."


def nobody(receivers: Sequence[Receiver]) -> Say:
    return Say(text=f"Chưa gửi thông báo: không có người nhận.\n{' '.join(reach(receivers))}")


def made(receivers: Sequence[Receiver], starts: datetime | None, rhythm: Rhythm | None, sending: str) -> Say:
    return Say(
        text=f"Đã nhận lệnh gửi thông báo {{TB}}. {' '.join(reach(receivers))}\n{_timing(starts, rhythm) or sending}\n"
        "Theo dõi: ai chưa nhận {TB}. Dừng gửi: dừng thông báo {TB}. "
        "Nhắc người chưa xác nhận, một lần: nhắc lại thông báo {TB}."
    )


def choices(broadcast: int) -> tuple[Choice, ...]:
    return (Choice(key="1", label="Đã nhận thông tin", says=f"đã nhận thông báo {broadcast}"),)


def to_receiver(bloc_head: str, broadcast: int, text: str, *, again: bool = False) -> str:
    opening = f"{bloc_head} nhắc lại thông báo {broadcast}" if again else f"Thông báo {broadcast} của {bloc_head}"
    return f"{opening}:\n{text}"


def seen(broadcast: int, at: datetime) -> Say:
    return Say(text=f"Đã ghi nhận: đồng chí đã nhận thông báo {broadcast}, {moment(at)}.")


def unknown(broadcast: int | None) -> Say:
    return Say(text=f"Không có thông báo {broadcast}." if broadcast else "Chưa có thông báo nào.")


def stopped(view: BroadcastView) -> Say:
    if view.repeats:
        return Say(text=f"Đã dừng thông báo định kỳ {view.number}. Gửi tiếp: tiếp tục thông báo {view.number}.")
    if not view.begun:
        return Say(
            text=f"Đã dừng thông báo {view.number}, chưa gửi cho ai. Gửi tiếp: tiếp tục thông báo {view.number}."
        )
    sent = sum(got.state in (*UNANSWERED, "seen") for got in view.got)
    return Say(
        text=f"Đã dừng thông báo {view.number}: đã gửi {two(sent)}/{two(len(view.got))} người, phần còn lại không gửi. "
        f"Gửi tiếp: tiếp tục thông báo {view.number}."
    )


def nothing_to_stop(view: BroadcastView) -> Say:
    if view.stopped:
        return Say(text=f"Thông báo {view.number} đã dừng. Gửi tiếp: tiếp tục thông báo {view.number}.")
    return Say(text=f"Thông báo {view.number} đã gửi xong ({two(len(view.got))} người), không còn gì để dừng.")


def going_on(view: BroadcastView, sending: str) -> Say:
    waiting = sum(got.state == "waiting" for got in view.got)
    rest = f" Còn {two(waiting)} người." if view.begun else ""
    return Say(text=f"Tiếp tục gửi thông báo {view.number}.{rest} {sending}")


def nothing_left(view: BroadcastView) -> Say:
    return Say(text=f"Thông báo {view.number} không còn ai chưa gửi. Theo dõi: ai chưa nhận {view.number}.")


def not_stopped(view: BroadcastView) -> Say:
    return Say(text=f"Thông báo {view.number} không bị dừng, không có gì thay đổi.")


def called_again(view: BroadcastView, count: int, sending: str) -> Say:
    return Say(text=f"Nhắc lại thông báo {view.number} cho {two(count)} người chưa xác nhận. {sending}")


def called_before(view: BroadcastView) -> Say:
    at = f" lúc {moment(view.again_at)}" if view.again_at else ""
    return Say(
        text=f"Thông báo {view.number} đã nhắc lại{at}; mỗi thông báo chỉ nhắc lại một lần. "
        "Đề nghị liên hệ trực tiếp với người chưa xác nhận."
    )


def everybody_saw(view: BroadcastView) -> Say:
    return Say(text=f"Thông báo {view.number}: không còn ai chưa xác nhận trong số người đã nhận tin.")


_STATES = {
    "waiting": "chưa gửi",
    "sent": "đã gửi, chưa xác nhận",
    "uncertain": "chưa rõ tin đã đến, chưa xác nhận",
    "failed": "không gửi được",
}
_NO_CHAT = {"not_linked": "chưa kết nối", "off_channel": "không dùng ứng dụng", "not_delivered": "đã chặn"}


def unseen(view: BroadcastView) -> Say:
    """Who has not acknowledged, agency by agency, with what became of the message."""
    done = sum(got.state == "seen" for got in view.got)
    lines = [
        f"Thông báo {view.number}, {moment(view.starts_at)}: {quoted(view.text)}",
        f"Đã nhận thông tin {two(done)}/{two(len(view.got))} người." + (" Đang dừng gửi." if view.stopped else ""),
    ]
    if not view.begun:
        return Say(text=f"{lines[0]}\n" + ("Đã dừng, chưa gửi." if view.stopped else "Chưa đến giờ gửi."))
    lines += [f"- {got.agency}, {got.person}: {_STATES[got.state]}" for got in view.got if got.state != "seen"]
    lines += [f"- {one.agency}: {_NO_CHAT[one.why or 'not_linked']}" for one in view.unreached]
    if len(lines) == 2:
        lines.append("Tất cả đã nhận thông tin.")
    elif view.stopped:
        lines.append(f"Gửi tiếp: tiếp tục thông báo {view.number}.")
    elif view.again_at is None and any(got.state in UNANSWERED for got in view.got):
        lines.append(f"Nhắc người chưa xác nhận, một lần: nhắc lại thông báo {view.number}.")
    return Say(text="\n".join(lines))
