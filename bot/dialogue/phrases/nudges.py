"""`/nhac`: a reminder that the head or its desk asks for now."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.dialogue.orders.values import Receiver
from bot.dialogue.phrases import reminders
from bot.dialogue.phrases.form import day, enumerated, moment, two
from bot.dialogue.values import Item
from models.wire import Say

_NO_CHAT = {
    "not_linked": "chưa kết nối",
    "off_channel": "không dùng ứng dụng",
    "not_delivered": "đã chặn hoặc không còn cuộc trò chuyện",
}


def message(
    bloc_head: str, items: Sequence[Item], today: date, person: str | None, *, names_agency: bool = False
) -> Say:
    """The same list as a reminder's, and who asked for it."""
    told = reminders.reminder(items, today, person, names_agency=names_agency)
    first, _, rest = told.text.partition("\n")
    return Say(text=f"{first}\n{bloc_head} đề nghị đơn vị cho biết tình hình.\n{rest}", choices=told.choices)


def nothing_open(what: str) -> Say:
    return Say(text=f"{what}: không có nhiệm vụ nào cần nhắc.")


def sent(
    reached: Sequence[tuple[Receiver, Sequence[str]]],
    nudged: Sequence[tuple[Receiver, datetime]],
    promised: Sequence[tuple[str, date]],
    people: int,
    sending: str,
    *,
    now: bool,
) -> Say:
    """Whom it reaches, and who is not reached and why."""
    lines = []
    if people:
        lines.append(f"{'Đã' if now else 'Sẽ'} nhắc {two(people)} người. {sending}")
        lines += [f"- {one.agency}: {', '.join(codes)}" for one, codes in reached if one.people]
    else:
        lines.append("Chưa nhắc ai.")
    lines += [f"- {one.agency}: đã nhắc lúc {moment(at)}, cách nhau ít nhất 02 giờ" for one, at in nudged]
    lines += [
        f"- {one.agency}: {_NO_CHAT[one.why or 'not_linked']}, đề nghị gọi điện" for one, _ in reached if not one.people
    ]
    if promised:
        named = enumerated([f"{name} ({day(on)})" for name, on in promised])
        lines.append(
            f"Không nhắc vì chưa đến ngày dự kiến: {named}. Nếu cần, nêu rõ mã, ví dụ: /nhac {promised[0][0]}."
        )
    return Say(text="\n".join(lines))
