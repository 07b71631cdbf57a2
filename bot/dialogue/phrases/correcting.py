"""What is said of a message that its sender has edited."""

from collections.abc import Sequence
from datetime import datetime

from bot.dialogue.phrases.answers import stored
from bot.dialogue.phrases.form import enumerated, moment
from bot.dialogue.values import Item, Record
from models.wire import Say


def corrected(
    told: Sequence[tuple[Item, str, Record]], dropped: Sequence[str], undone: int, now: datetime, lacks: Sequence[str]
) -> str:
    """`told` is what stands now, `dropped` the tasks that the message no longer speaks of; the first `undone` receipts
    are those of what was taken back."""
    marks = ", ".join(f"{{BN{undone + place}}}" for place in range(len(told)))
    what = "; ".join(stored(item, label, record) for item, label, record in told)
    lines = [f"Đã điều chỉnh theo tin nhắn đã sửa. {what}. Mã tiếp nhận {marks}, {moment(now)}."]
    if dropped:
        lines.append(f"Nội dung đã ghi cho {enumerated(list(dropped), 'và')} đã được hủy.")
    return "\n".join([*lines, *lacks, f"Để hủy, soạn {told[0][1]} 0."])


def unchanged() -> Say:
    return Say(text="Tin nhắn đã sửa không làm thay đổi nội dung đã ghi nhận.")


def kept_before(say: Say) -> Say:
    return Say(text=f"{say.text}\nNội dung đã ghi từ tin nhắn trước khi sửa vẫn giữ nguyên.", choices=say.choices)
