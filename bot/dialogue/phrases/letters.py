"""The official letter of an urgent matter (công văn đôn đốc), drafted as text: number, date and signature stay open."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from bot.dialogue.phrases import channels
from bot.dialogue.phrases.form import LOCAL, day, due, left, title, two
from bot.dialogue.phrases.tasks import state
from bot.dialogue.steering.values import Delivered, SteeringFacts
from bot.dialogue.values import Item
from models.wire import Say

NAMED_DAYS = 6


def draft(known: SteeringFacts, overdue: Sequence[Item], today: date) -> Say:
    """Ready to be copied; `overdue`: what the agency has not sent, by due date."""
    agency = overdue[0].agency
    lines = [
        f"Dự thảo công văn đôn đốc {agency} (số, ngày, chữ ký để trống):",
        "",
        f"Kính gửi: {agency}",
        "",
        f"Thực hiện Giao ước thi đua năm {known.year} của {known.bloc}, tính đến ngày {day(today)} {known.head_title} "
        f"chưa nhận được đầy đủ kết quả của quý cơ quan đối với {two(len(overdue))} nhiệm vụ đã qua thời hạn:",
        *(_task(number, item, known.delivered) for number, item in enumerate(overdue, start=1)),
        f"{known.head_title} kính đề nghị quý cơ quan quan tâm chỉ đạo, hoàn thành và gửi kết quả trước ngày "
        f"{day(known.answer_by)}; trường hợp có khó khăn, vướng mắc, đề nghị trao đổi để phối hợp thực hiện.",
        "Trân trọng./.",
        "",
        "Nơi nhận:",
        "- Như trên;",
        "- Lưu: VT.",
    ]
    return Say(text="\n".join(lines))


def _task(number: int, item: Item, delivered: Sequence[Delivered]) -> str:
    told = "; ".join(_ledger([one for one in delivered if one.obligation_id == item.obligation_id]))
    return f"{number}. {title(item)} ({item.code}), {due(item)}, {left(item)}; tình hình: {state(item)}. {told}."


def _ledger(delivered: Sequence[Delivered]) -> Iterator[str]:
    """How often, when and where it was reminded of: what the ledger proves."""
    if not delivered:
        yield "Chưa gửi được tin nhắc qua ứng dụng"
        return
    by_channel = Counter(one.channel for one in delivered)
    ways = ", ".join(f"{channels.name(channel)} {two(count)}" for channel, count in sorted(by_channel.items()))
    days = list(dict.fromkeys(day(one.at.astimezone(LOCAL).date()) for one in delivered))
    named = ", ".join(days[-NAMED_DAYS:])
    yield f"Đã nhắc {two(len(delivered))} lần ({ways}), {'gần nhất ' if len(days) > NAMED_DAYS else ''}các ngày {named}"


def nothing_overdue(agency: str) -> Say:
    return Say(text=f"{agency} không có nhiệm vụ quá hạn; không cần công văn đôn đốc.")
