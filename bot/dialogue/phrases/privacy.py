"""One's own data: shown, erased (Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15; `domain.md` 6.4)."""

import json
from collections.abc import Sequence
from typing import Any

from bot.dialogue.phrases.links import numbered
from bot.dialogue.phrases.people import CONFIRM, PLEASE_CONFIRM
from models.wire import Say

ERASED_NAME = "Cán bộ đã xóa"


def menu() -> Say:
    return Say(
        text="Dữ liệu cá nhân mà hệ thống lưu: họ tên, chức vụ, đơn vị, số điện thoại công vụ, mã cuộc trò chuyện.\n"
        "Đề nghị chọn:",
        choices=numbered(["Xuất dữ liệu của tôi", "Xóa dữ liệu cá nhân", "Thôi"]),
    )


def whose(names: Sequence[str]) -> Say:
    return Say(text="Tài khoản dùng chung. Dữ liệu của ai?", choices=numbered([*names, "Thôi"]))


def export(data: Sequence[dict[str, Any]]) -> tuple[Say, ...]:
    """As JSON, so that another program can read it too."""
    shown = (json.dumps(one, ensure_ascii=False, indent=1) for one in data)
    return (Say(text="Dữ liệu cá nhân hệ thống đang lưu (JSON):"), *(Say(text=text) for text in shown))


def export_of_a_stranger(name: str | None) -> Say:
    stored = f"tên hiển thị “{name}”" if name else "không có tên"
    return Say(
        text=f"Cuộc trò chuyện này chưa kết nối với đơn vị nào. Hệ thống chỉ lưu {stored}, mã cuộc trò chuyện và "
        "nội dung đã nhắn tại đây."
    )


def confirm(name: str | None, whose: Sequence[str]) -> Say:
    """What goes and what stays, before it is done."""
    who = f" của đồng chí {name}" if name else ""
    loses = f"Đồng chí không còn trả lời thay {'; '.join(whose)} và không nhận tin nhắc nữa. " if whose else ""
    return Say(
        text=f"Xóa dữ liệu cá nhân{who}: họ tên, số điện thoại, mã cuộc trò chuyện và nội dung tin nhắn đã gửi.\n"
        f"{loses}Báo cáo, minh chứng, mã tiếp nhận đã ghi nhận là hồ sơ của đơn vị, vẫn giữ nguyên. "
        f"Việc xóa không khôi phục được.\n{PLEASE_CONFIRM}",
        choices=CONFIRM,
    )


def not_erased() -> Say:
    return Say(text="Chưa xóa, dữ liệu giữ nguyên.")


def erased(whose: Sequence[str]) -> Say:
    told = " Bộ phận giúp việc đã được thông báo để cử người thay." if whose else ""
    return Say(
        text=f"Đã xóa dữ liệu cá nhân của đồng chí và chấm dứt kết nối.{told} Hồ sơ của đơn vị giữ nguyên. "
        "Trân trọng cảm ơn đồng chí."
    )


def news(whose: str) -> str:
    """To the desk."""
    return (
        f"{whose}: cán bộ đã yêu cầu xóa dữ liệu cá nhân, kết nối đã chấm dứt; hồ sơ của đơn vị giữ nguyên. "
        "Đề nghị đơn vị cử người thay; cấp mã, soạn: mã mới <đơn vị>."
    )
