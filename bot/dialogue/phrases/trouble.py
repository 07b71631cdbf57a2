"""Bad input: each kind its own sentence, each with what to do next."""

from datetime import datetime

from bot.dialogue.phrases.form import moment
from bot.dialogue.phrases.people import CONFIRM
from models.wire import Choice, Say

_UNREAD = {
    "empty": "Tin nhắn không có nội dung, chưa ghi nhận gì. Soạn viec để xem nhiệm vụ, giup để xem cách trả lời.",
    "long": "Tin nhắn quá dài nên chưa được xử lý. Đề nghị trả lời ngắn theo mã, ví dụ: K7 70%; "
    "văn bản dài gửi thành tệp kèm mã nhiệm vụ.",
    "sticker": "Hệ thống không đọc được nhãn dán, chưa ghi nhận gì. Đề nghị trả lời bằng chữ, ví dụ: K7 70%.",
    "voice": "Hệ thống chưa xử lý được tin thoại, chưa ghi nhận gì. Đề nghị trả lời bằng chữ, ví dụ: K7 70%; "
    "tệp ghi âm làm minh chứng đề nghị gửi dưới dạng tệp.",
    "unsupported": "Hệ thống chưa đọc được loại tin này, chưa ghi nhận gì. Đề nghị trả lời bằng chữ, "
    "hoặc gửi ảnh, tệp PDF kèm mã nhiệm vụ.",
    "edited": "Tin nhắn đã sửa chưa rõ nội dung, nội dung đã ghi nhận trước đó vẫn giữ nguyên. Nếu cần điều chỉnh, "
    "đề nghị gửi số liệu thành tin nhắn mới, ví dụ: K7 70%.",
    "old_button": "Nút vừa chọn thuộc câu hỏi đã qua, chưa ghi nhận gì. Đề nghị trả lời theo mã, ví dụ: K7 70%. "
    "Soạn viec để xem nhiệm vụ.",
    "words": "Chưa rõ nội dung, chưa ghi nhận gì. Đề nghị trả lời theo mã nhiệm vụ, ví dụ: K7 70%. "
    "Soạn viec để xem nhiệm vụ, giup để xem cách trả lời.",
}


def unread(why: str, code: str | None = None) -> Say:
    text = _UNREAD[why]
    return Say(text=text.replace("K7", code) if code else text)


def set_aside(said_at: datetime) -> Say:
    """A message that the program could not work on, however often it tried."""
    return Say(
        text=f"Nội dung gửi lúc {moment(said_at)} chưa xử lý được do lỗi của hệ thống, chưa ghi nhận gì; nội dung vẫn "
        "được lưu để quản trị kiểm tra. Đề nghị gửi lại theo mã nhiệm vụ, ví dụ: K7 70%."
    )


def confirm_again() -> Say:
    return Say(text="Chưa rõ nội dung, chưa ghi nhận gì. Đề nghị xác nhận nội dung vừa hỏi:", choices=CONFIRM)


def unread_about(card: Say) -> Say:
    """The open question again, after words that were no answer to it."""
    return Say(text=f"Chưa rõ nội dung, chưa ghi nhận gì.\n{card.text}", choices=card.choices)


_LIKE_A_NOTICE = "Nội dung vừa gửi giống thông báo được chuyển tiếp hoặc dài hơn 120 ký tự nên chưa ghi nhận gì."


def notice() -> Say:
    return Say(text=f"{_LIKE_A_NOTICE} Đây có phải là kết quả của một nhiệm vụ không?", choices=CONFIRM)


def notice_untold(code: str | None) -> Say:
    """To whoever answers for no agency: there is nothing to ask."""
    short = f"đề nghị trả lời ngắn, ví dụ: {code or 'K7'} 70%"
    return Say(text=f"{_LIKE_A_NOTICE} Nếu đây là kết quả của một nhiệm vụ, {short}.")


def a_result(code: str | None) -> Say:
    return Say(text=f"Chưa ghi nhận. Đề nghị trả lời ngắn theo mã nhiệm vụ, ví dụ: {code or 'K7'} 70%.")


def no_result() -> Say:
    return Say(text="Chưa ghi nhận gì. Soạn viec để xem nhiệm vụ.")


_FILES = {
    "too_large": "lớn hơn mức mà kênh này cho phép",
    "unfetchable": "chưa tải được từ kênh này",
    "empty": "tệp rỗng. Đề nghị kiểm tra và gửi lại",
    "type": "định dạng không được tiếp nhận. Đề nghị gửi PDF, Word, Excel, PowerPoint hoặc ảnh",
    "macros": "tệp có macro nên không được tiếp nhận. Đề nghị lưu lại thành PDF hoặc tệp không có macro",
    "encrypted": "tệp có mật khẩu nên không mở được. Đề nghị bỏ mật khẩu rồi gửi lại",
    "nested": "tệp nén lồng nhau không được tiếp nhận. Đề nghị gửi trực tiếp từng tệp",
    "corrupt": "tệp bị lỗi, không mở được. Đề nghị kiểm tra và gửi lại, tốt nhất là PDF",
    "virus": "tệp có dấu hiệu chứa mã độc nên không được tiếp nhận. Đề nghị quét và gửi lại tệp khác",
}


def file_trouble(name: str | None, why: str, limit: str | None = None) -> str:
    called = f"Tệp {name}" if name else "Tệp vừa gửi"
    return f"{called}: {_FILES.get(why, _FILES['corrupt'])}."


def fetched_at_last(sent_at: datetime) -> str:
    """Its sender was told that it could not be had; somebody had it tried once more."""
    return f"Tệp gửi lúc {moment(sent_at)} nay đã tải được."


def file_waits() -> str:
    return "Tệp vừa gửi chưa được ghi nhận, đang chờ mã nhiệm vụ."


def nothing_stored(lines: list[str]) -> Say:
    return Say(text="Chưa ghi nhận minh chứng.\n" + "\n".join(lines))


def secret(marking: str) -> Say:
    degree = f" “{marking}”" if marking in ("MẬT", "TỐI MẬT", "TUYỆT MẬT") else ""
    return Say(
        text=f"Nội dung có dấu chỉ độ mật{degree}: không tiếp nhận, đã xóa, không lưu. "
        "Tài liệu thuộc bí mật nhà nước đề nghị gửi theo đường công văn mật; "
        "tại đây chỉ trả lời: K7 nộp ngoài hệ thống.\n"
        "Nếu không phải nội dung mật, đề nghị gửi lại, không kèm dấu chỉ độ mật."
    )


DOUBT = (
    Choice(key="1", label="Không mang độ mật, sẽ gửi lại", says="đúng"),
    Choice(key="2", label="Có độ mật, không gửi", says="không đúng"),
)


def doubtful() -> Say:
    return Say(
        text="Nội dung vừa gửi nhắc đến độ mật nên chưa được lưu. Nội dung thuộc bí mật nhà nước không gửi tại đây. "
        "Đề nghị xác nhận:",
        choices=DOUBT,
    )


def cleared() -> Say:
    return Say(text="Đã ghi nhận xác nhận không mang độ mật. Đề nghị gửi lại nội dung.")


def kept_out() -> Say:
    return Say(
        text="Nội dung đã được bỏ, không lưu. Đề nghị gửi theo đường công văn mật; tại đây chỉ trả lời: "
        "K7 nộp ngoài hệ thống."
    )
