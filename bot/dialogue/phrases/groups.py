"""Sentences for a group, where others read along."""

from models.wire import Say


def write_alone(where: str | None) -> Say:
    return Say(text=f"Hệ thống không trao đổi nội dung nhiệm vụ trong nhóm, chưa ghi nhận gì. {_please(where)}")


def code_in_group(where: str | None) -> Say:
    return Say(
        text="Mã liên kết không sử dụng trong nhóm, chưa kết nối. Mã đã gửi công khai đề nghị không dùng nữa, liên hệ "
        f"bộ phận giúp việc để được cấp mã mới. {_please(where)}"
    )


def _please(where: str | None) -> str:
    return f"Đề nghị nhắn riêng: {where}." if where else "Đề nghị nhắn riêng cho hệ thống."
