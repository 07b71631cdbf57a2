"""What an agency asks for itself: more time, and why it is still reminded."""

from datetime import date, datetime

from bot.dialogue.phrases.form import day, due, moment, two
from bot.dialogue.values import Item
from models.rules.extension import Refused


def extension_sent(label: str, on: date, head: str) -> str:
    return f"Đã gửi {head} đề nghị gia hạn {label} đến ngày {day(on)}. Trước khi có ý kiến, thời hạn chưa thay đổi."


def extension_needs_reason(label: str, on: date) -> str:
    return f"Đề nghị ghi lý do gia hạn, ví dụ: {label} gia hạn {on.day}/{on.month} chờ số liệu của các phòng."


def no_such_day(label: str) -> str:
    return f"Ngày đề nghị gia hạn của {label} không có trong lịch. Đề nghị gửi lại: {label} gia hạn <ngày> <lý do>."


def no_extension(item: Item, label: str, why: Refused, latest: date, times: int) -> str:
    """Why it cannot be asked for."""
    match why:
        case "submitted" | "closed":
            return f"{label}: nhiệm vụ đã hoàn thành hoặc không còn theo dõi, không cần gia hạn."
        case "waiting":
            asked = item.standing.extension_asked
            on = f" đến ngày {day(asked.due_on)}" if asked and asked.due_on else ""
            return f"{label}: đề nghị gia hạn{on} đã gửi, đang chờ ý kiến."
        case "too_often":
            return f"{label}: theo quy định chỉ gia hạn {two(times)} lần."
        case "no_date":
            return f"Đề nghị ghi ngày và lý do gia hạn: {label} gia hạn <ngày> <lý do>."
        case "past" | "not_later":
            return f"{label}: ngày đề nghị gia hạn phải sau {due(item)} và chưa qua."
        case "too_long":
            return f"{label}: theo quy định chỉ gia hạn đến ngày {day(latest)}. Đề nghị gửi lại ngày khác."


def promise_too_late(item: Item, label: str, on: date) -> str:
    return (
        f"{label}: ngày {day(on)} sau {due(item)}. Nếu cần gia hạn, soạn: {label} gia hạn {on.day}/{on.month} <lý do>."
    )


def why_still(item: Item | None, label: str, at: datetime | None) -> str:
    if item is None:
        return "Xin ghi nhận. Đề nghị cho biết nhiệm vụ nào, ví dụ: K5 đã gửi công văn 145/BC ngày 12/6."
    if at:
        return f"Hệ thống đã ghi nhận {label} lúc {moment(at)}, không nhắc thêm. Xin lỗi vì sự bất tiện này."
    return (
        f"Xin ghi nhận {label}: đơn vị báo đã gửi, tạm dừng nhắc trong ngày và báo bộ phận giúp việc kiểm tra. "
        f"Hệ thống chưa có nội dung: đề nghị soạn {label} đã gửi công văn <số> ngày <ngày>, hoặc gửi tệp tại đây."
    )
