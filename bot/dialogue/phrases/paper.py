"""What is printed for people: slips with link codes, a one-page guide, a draft introduction letter. The letter keeps to
the form of Nghị định 30/2020/NĐ-CP; its number, date and signature are given in the agency's own document system."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.dialogue.phrases import channels as ways
from bot.dialogue.phrases.form import day, enumerated
from bot.dialogue.phrases.people import NOT_OFFICIAL

_ROLES = {
    "focal": "Cán bộ đầu mối",
    "deputy_focal": "Cán bộ đầu mối dự phòng",
    "leader": "Lãnh đạo đơn vị",
    "desk": "Bộ phận giúp việc",
}


def role(name: str, titles: Mapping[str, str]) -> str:
    """`titles`: what the bloc calls its `head` and `deputy`."""
    seats = {"head": titles["head"], "deputy_head": titles["deputy"]}
    return seats.get(name) or _ROLES[name] + (f" {titles['head']}" if name == "desk" else "")


def code(digits: str) -> str:
    return f"{digits[:4]} {digits[4:]}"


def until(expires_at: datetime) -> str:
    return f"dùng một lần, có hiệu lực đến ngày {day(expires_at.date())}"


def slip(contact: str | None) -> dict[str, Any]:
    """What every slip says."""
    call = f" Liên hệ: {contact}." if contact else ""
    return {
        "code": "Mã liên kết",
        "steps": [
            "Quét một mã QR bằng điện thoại.",
            f"Nhắn 8 chữ số ở trên ({ways.CODE_FILLED_IN}).",
            "Kiểm tra tên đơn vị, trả lời 1 để xác nhận.",
        ],
        "foot": f"{NOT_OFFICIAL} Không gửi nội dung thuộc bí mật nhà nước.{call}",
    }


def title(bloc: str, year: int) -> str:
    return f"{bloc}, năm {year}"


def guide(bloc: str, year: int, head: str, contact: str | None) -> dict[str, Any]:
    return {
        "over": title(bloc, year),
        "title": "Hướng dẫn cán bộ đầu mối",
        "lead": "Hệ thống nhắc nhiệm vụ theo giao ước thi đua và tiếp nhận kết quả, minh chứng ngay trong cuộc trò "
        "chuyện. " + NOT_OFFICIAL,
        "parts": [
            {
                "title": "1. Kết nối, một lần",
                "steps": [
                    "Quét mã QR trên phiếu (Zalo, Telegram) hoặc mở trang web ghi trên phiếu.",
                    "Nhắn mã liên kết 8 chữ số, kiểm tra tên đơn vị, trả lời 1.",
                    "Mất mã hoặc đổi điện thoại: đề nghị bộ phận giúp việc cấp mã mới; mã cũ hết hiệu lực ngay.",
                ],
            },
            {
                "title": "2. Trả lời (K7 là mã nhiệm vụ ghi trong tin nhắc)",
                "rows": [
                    ["Đã gửi", "K7 xong"],
                    ["Đang thực hiện", "K7 70%   hoặc   K7 12/15"],
                    ["Khó khăn, vướng mắc", "K7 3 chưa có số liệu của các huyện"],
                    ["Ngày dự kiến gửi", "K7 hẹn 17/6"],
                    ["Đã gửi công văn", "K7 đã gửi công văn 145/BC-STP ngày 12/6"],
                    ["Không có nội dung phát sinh", "K7 không phát sinh"],
                    ["Minh chứng", "gửi ảnh, tệp và ghi K7 ở chú thích"],
                    ["Hủy nội dung vừa ghi", "K7 0"],
                    ["Danh sách nhiệm vụ; hướng dẫn", "viec;   giup"],
                ],
            },
            {
                "title": "3. Khi vắng, khi thôi phụ trách",
                "rows": [
                    ["Vắng, người dự phòng nhận tin thay", "vang từ 10/6 đến 15/6"],
                    ["Bàn giao cho người khác", "bangiao"],
                    ["Xuất hoặc xóa dữ liệu cá nhân", "/xoa"],
                ],
            },
            {
                "title": "4. Cần biết",
                "lines": [
                    "Tin nhắc gửi trong giờ hành chính, mỗi ngày nhiều nhất một tin. Nội dung đã ghi nhận có mã tiếp "
                    "nhận BN-…",
                    "Không gửi nội dung, tài liệu thuộc bí mật nhà nước: hệ thống không tiếp nhận và xóa ngay.",
                    "Hệ thống chỉ lưu họ tên, chức vụ, đơn vị, số điện thoại công vụ, mã cuộc trò chuyện.",
                    f"Đầu mối hỗ trợ: {contact or f'bộ phận giúp việc {head}'}.",
                ],
            },
        ],
    }


def letter(
    bloc: str, kind: str, year: int, head_agency: str | None, head: str, channels: Sequence[str], contact: str | None
) -> dict[str, Any]:
    """A draft: number, place, date and signature stay blank."""
    offered = enumerated([ways.PRINTED[name][0] if name != "web" else "trang web" for name in channels], "hoặc")
    abroad = "".join(f" {told}" for name, told in ways.ABROAD.items() if name in channels)
    return {
        "above": "…………………………………",
        "from": head_agency or "…………………………",
        "nation": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "motto": "Độc lập - Tự do - Hạnh phúc",
        "number": "Số:        /……-……",
        "about": f"V/v nhắc việc và tiếp nhận thông tin thực hiện giao ước thi đua năm {year}",
        "place": f"………………, ngày …… tháng …… năm {year}",
        "to": f"Kính gửi: Các đơn vị thành viên {bloc}",
        "body": [
            f"Để theo dõi, đôn đốc kịp thời việc thực hiện giao ước thi đua năm {year}, {head_agency or head} "
            f"({head}) sử dụng "
            "hệ thống Giao Ước để nhắc nhiệm vụ đến hạn và tiếp nhận thông tin thực hiện, minh chứng của các đơn vị.",
            f"1. Hệ thống do {head_agency or head} quản lý, vận hành; dữ liệu lưu trên máy chủ do "
            f"{head_agency or head} quản lý. "
            "Hệ thống chỉ lưu họ tên, chức vụ, đơn vị, số điện thoại công vụ và mã cuộc trò chuyện của cán bộ được "
            "cử; cán bộ "
            f"có quyền xuất, xóa dữ liệu cá nhân của mình.{abroad}",
            "2. Thông tin trao đổi trên hệ thống không thay thế văn bản chính thức; báo cáo, hồ sơ vẫn gửi theo quy "
            "định. "
            "Không gửi nội dung, tài liệu thuộc bí mật nhà nước.",
            "3. Đề nghị mỗi đơn vị cử 01 cán bộ đầu mối và 01 cán bộ dự phòng, kết nối một lần bằng mã liên kết trên "
            "phiếu kèm "
            f"theo, qua {offered}. Mã dùng một lần, có hiệu lực 45 ngày, đề nghị chuyển đúng người. Đơn vị không dùng "
            "ứng dụng "
            "tiếp tục báo cáo bằng văn bản, điện thoại; bộ phận giúp việc ghi nhận thay.",
            f"Đầu mối hỗ trợ: {contact or '……………………………… (họ tên, chức vụ, số điện thoại)'}.",
            f"{head_agency or head} trân trọng đề nghị các đơn vị phối hợp thực hiện./.",
        ],
        "receivers": {
            "title": "Nơi nhận:",
            "lines": ["- Như trên;", f"- Lãnh đạo {kind};", "- Lưu: VT, ……"],
        },
        "signs": head,
        "signature": "(Chữ ký, dấu; họ và tên)",
    }
