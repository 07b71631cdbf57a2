"""Evidence that goes out in chat."""

from bot.dialogue.values import Filed
from models.wire import Say


def file(found: Filed) -> Say:
    text = f"Minh chứng BN-{found.file.receipt:04d}, {found.code}-{found.short}: {found.file.name}."
    return Say(text=text, file=found.file)


def no_such_file(receipt: int) -> Say:
    return Say(text=f"Không có tệp minh chứng nào với mã tiếp nhận BN-{receipt:04d} mà đơn vị được xem.")


def not_here(text: str, address: str | None) -> str:
    """Where the channel carries no files, or none of this size; `address` is good for an hour or longer."""
    if address is None:
        return f"{text}\nKênh này không gửi được tệp; đề nghị xem tại Telegram hoặc liên hệ bộ phận giúp việc."
    return f"{text}\nKênh này không gửi được tệp. Tải tệp trong vòng 01 giờ: {address}"
