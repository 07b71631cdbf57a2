"""An agency's tasks: one, a list, a reminder."""

from collections.abc import Sequence
from datetime import date

from bot.dialogue.phrases.answers import menu
from bot.dialogue.phrases.form import day, due, figure, hour, left, quoted, title, two, weekday
from bot.dialogue.values import Item
from models.wire import Say

SHOWN = 10
NEAR_DAYS = 22
"""Working days: about the thirty notice days of the policy."""


def label(item: Item, *, with_agency: bool = False) -> str:
    return f"{item.code}-{item.short}" if with_agency else item.code


def state(item: Item) -> str:
    """The last word on a task: `70%`, `dự kiến 17/6/2024`, `chưa có thông tin`."""
    standing = item.standing
    if standing.state == "submitted":
        return "đã hoàn thành"
    if standing.claimed:
        return "đã báo gửi, còn thiếu minh chứng"
    last = standing.last
    if last is None:
        return "chưa có thông tin"
    if standing.promise_on:
        return f"dự kiến {day(standing.promise_on)}"
    if last.kind == "difficulty":
        return "khó khăn, vướng mắc" + (f" – {quoted(last.note, 60)}" if last.note else "")
    said = figure(item, standing.percent, standing.value)
    if last.kind in ("progress", "same") and said:
        return said
    return _STATES.get(last.kind, "đang thực hiện") + (f", {said}" if said else "")


_STATES = {
    "acknowledged": "đã nhận thông tin",
    "signing": "đang trình ký",
    "evidence": "đã có minh chứng",
    "progress": "đang thực hiện",
}


def now_standing(item: Item) -> str:
    """After something was taken back."""
    return f"Hiện nay: {state(item)}."


def question(item: Item, name: str) -> str:
    """The end of a message that asks about one task."""
    return f"Trả lời cho {name} {title(item)}, {due(item)} ({left(item)}):"


def card(item: Item, name: str) -> Say:
    if item.standing.state == "submitted":
        return Say(text=f"{name} {title(item)}, {due(item)}: đã hoàn thành. Nếu cần hủy, soạn {name} 0.")
    last = f"Thông tin gần nhất: {state(item)}.\n" if item.standing.last else ""
    return Say(text=f"{last}{question(item, name)}", choices=menu(name))


def line(item: Item, name: str) -> str:
    default = ", ngày mặc định" if item.is_default else ""
    return f"- {name} {title(item)}, {due(item)} ({left(item)}{default}): {state(item)}"


def work(
    agency: str,
    shown: Sequence[Item],
    later: int,
    names: dict[int, str],
    ask: Item | None,
    *,
    opening: str | None = None,
    may_answer: bool = True,
) -> Say:
    """An agency's open tasks; with `ask` the message ends by asking about that one."""
    count = len(shown)
    lines = [opening] if opening else []
    if not count:
        lines.append(f"{agency}: không có nhiệm vụ đến kỳ thực hiện.")
    elif not (ask and count == 1):
        lines.append(f"{agency} đang có {two(count)} nhiệm vụ cần thực hiện:")
        lines += [line(item, names[item.obligation_id]) for item in shown[:SHOWN]]
        if count > SHOWN:
            lines.append(f"và {two(count - SHOWN)} nhiệm vụ khác.")
    else:
        lines.append(f"{agency} đang có {two(count)} nhiệm vụ cần thực hiện.")
    if later:
        lines.append(f"Chưa đến kỳ: {two(later)} nhiệm vụ.")
    if ask is None:
        if count and may_answer:
            lines.append(_how(names[shown[0].obligation_id]))
        return Say(text="\n".join(lines))
    name = names[ask.obligation_id]
    return Say(text="\n".join([*lines, question(ask, name)]), choices=menu(name))


def _how(name: str) -> str:
    return f"Trả lời theo mã, ví dụ: {name} 70%, {name} xong, {name} 3 <khó khăn>, {name} hẹn 17/6."


def greeting(opening: str, count: int, ask: Item, name: str) -> Say:
    """After linking: what is open, and one question about one named task."""
    return Say(
        text=f"{opening}\nĐơn vị đang có {two(count)} nhiệm vụ cần thực hiện. {question(ask, name)}", choices=menu(name)
    )


# --- reminders ----------------------------------------------------------------------------------------------------

REMINDED = 6


def reminder(
    items: Sequence[Item], today: date, person: str | None = None, *, first: bool = False, names_agency: bool = False
) -> Say:
    """One merged message by urgency. A single task ends in its question (`respond.opens` opens it).

    `first`: nothing was ever sent before; it is said what this is, and nothing sounds like a reproach.
    """
    agencies = list(dict.fromkeys(item.agency for item in items))
    many = names_agency or len(agencies) > 1
    whom = f"đồng chí {person} – {', '.join(agencies)}" if person else ", ".join(agencies)
    opening = [f"Kính gửi {whom}."]
    if first:
        opening.append(
            "Hệ thống bắt đầu theo dõi các nhiệm vụ theo giao ước thi đua, kính đề nghị đơn vị cho biết tình hình."
        )
    if len(items) == 1:
        return _about_one(items[0], label(items[0], with_agency=many), opening)
    lines = [*opening, f"Đơn vị có {two(len(items))} nhiệm vụ cần thực hiện:"]
    shown = sorted(items, key=lambda item: (item.deadline, item.code))[:REMINDED]
    for heading, group in _by_urgency(shown, today):
        lines.append(heading)
        lines += [_reminded(item, label(item, with_agency=many)) for item in group]
    if len(items) > REMINDED:
        lines.append(f"và {two(len(items) - REMINDED)} nhiệm vụ khác: soạn viec.")
    lines.append(_how(label(shown[0], with_agency=many)))
    return Say(text="\n".join(lines))


def _about_one(item: Item, name: str, opening: list[str]) -> Say:
    lines = [*opening]
    if item.bucket == "open_overdue":
        lines.append(f"Nhiệm vụ {name} đã qua thời hạn, hệ thống chưa nhận được đủ thông tin.")
    if item.standing.last:
        lines.append(f"Thông tin gần nhất: {state(item)}.")
    lines.append(question(item, name))
    return Say(text="\n".join(lines), choices=menu(name))


def _by_urgency(items: Sequence[Item], today: date) -> list[tuple[str, list[Item]]]:
    overdue = [item for item in items if item.bucket == "open_overdue"]
    now = [item for item in items if item.bucket != "open_overdue" and item.due_on <= today]
    soon = [item for item in items if item.bucket != "open_overdue" and item.due_on > today]
    groups = (
        ("Đã qua thời hạn:", overdue),
        (f"Hôm nay, {weekday(today)} {day(today)}:", now),
        ("Sắp đến thời hạn:", soon),
    )
    return [(heading, group) for heading, group in groups if group]


def _reminded(item: Item, name: str) -> str:
    at = f" {hour(item.due_time)}" if item.due_time else ""
    return f"- {name} {title(item)}:{at} {day(item.due_on)} ({left(item)}); {state(item)}; {_next_action(item, name)}"


def _next_action(item: Item, name: str) -> str:
    if item.standing.claimed:
        return (
            f"gửi tệp kèm chú thích {name}" if item.ask.evidence == "file" else f"gửi tệp hoặc số công văn kèm {name}"
        )
    if item.standing.blocked:
        return f"soạn {name} hẹn <ngày>"
    return f"soạn {name} xong hoặc {name} 70%"
