"""What waits for the head, its desk or a deputy: their own reminder."""

from collections.abc import Sequence
from datetime import date

from bot.dialogue.phrases.form import LOCAL, day, title, two
from bot.dialogue.values import Item
from models.wire import Say

SHOWN = 10


def morning(items: Sequence[Item], today: date) -> Say:
    """The longest waiting first; agencies can go no further until it is answered."""
    asked = [item for item in items if item.standing.extension_asked]
    sent = sorted((item for item in items if not item.standing.extension_asked), key=_since)
    lines = [f"Nội dung đang chờ ý kiến của đồng chí ({two(len(items))}):"]
    lines += [f"- {_name(item)}: đã gửi {_ago(_since(item), today)}, chờ xác nhận" for item in sent[:SHOWN]]
    lines += [f"- {_name(item)}: đề nghị gia hạn{_until(item)}" for item in asked[:SHOWN]]
    more = max(len(sent) - SHOWN, 0) + max(len(asked) - SHOWN, 0)
    if more:
        lines.append(f"và {two(more)} nội dung khác.")
    if sent:
        lines.append("Soạn /duyet để xem và xác nhận từng nhiệm vụ.")
    if asked:
        lines.append(f"Soạn đồng ý gia hạn {_code(asked[0])} hoặc không đồng ý gia hạn {_code(asked[0])}.")
    return Say(text="\n".join(lines))


def _code(item: Item) -> str:
    return f"{item.code}-{item.short}"


def _name(item: Item) -> str:
    return f"{_code(item)} {title(item)}, {item.agency}"


def _since(item: Item) -> date:
    at = item.standing.submitted_at
    return at.astimezone(LOCAL).date() if at else item.due_on


def _ago(on: date, today: date) -> str:
    return "hôm nay" if on == today else f"ngày {day(on)}"


def _until(item: Item) -> str:
    asked = item.standing.extension_asked
    return f" đến ngày {day(asked.due_on)}" if asked and asked.due_on else ""
