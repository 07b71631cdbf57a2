"""An agency's tasks: one, a list, a reminder."""

from collections.abc import Sequence
from datetime import date

from bot.dialogue.phrases.answers import menu
from bot.dialogue.phrases.form import day, due, figure, left, quoted, title, two
from bot.dialogue.values import Item
from models.rules.progress import Fact
from models.wire import Say

SHOWN = 10


def label(item: Item, *, with_agency: bool = False) -> str:
    return f"{item.code}-{item.short}" if with_agency else item.code


def state(item: Item) -> str:
    """The last word on a task: `70%`, `dự kiến 17/6/2024`, `chưa có thông tin`."""
    standing = item.standing
    if standing.state in ("submitted", "confirmed"):
        return "đã hoàn thành" + (", đã xác nhận" if standing.state == "confirmed" else "")
    if standing.state == "waived":
        return "được miễn"
    if standing.state == "returned" and standing.ruling:
        return f"đề nghị bổ sung: {quoted(standing.ruling.note or '', 60)}"
    if standing.extension_asked and standing.extension_asked.due_on:
        return f"đề nghị gia hạn đến {day(standing.extension_asked.due_on)}, đang chờ ý kiến"
    if standing.claimed:
        return "đã báo gửi, còn thiếu minh chứng"
    last = standing.last
    if last is None:
        return "chưa có thông tin"
    if last.kind == "extension" and (decision := standing.decision):
        return _decided(decision)
    if standing.promise_on:
        promised = _promised(item, standing.promise_on)
        return promised if last.kind == "promise" else f"{_told(item, last)}; {promised}"
    if last.kind == "difficulty":
        return "khó khăn, vướng mắc" + (f" – {quoted(last.note, 60)}" if last.note else "")
    return _told(item, last)


def _decided(decision: Fact) -> str:
    """What came of the wish for an extension, where nothing was said since."""
    if decision.kind == "not_extended":
        return "đề nghị gia hạn chưa được đồng ý"
    if decision.due_on:
        return f"đã được gia hạn đến {day(decision.due_on)}"
    return f"được tạm dừng nhắc đến {day(decision.promise_on)}" if decision.promise_on else "đã được gia hạn"


def _told(item: Item, last: Fact) -> str:
    """How far it is, by the last word."""
    said = figure(item, item.standing.percent, item.standing.value)
    if last.kind in ("progress", "same") and said:
        return said
    return _STATES.get(last.kind, "đang thực hiện") + (f", {said}" if said else "")


def _promised(item: Item, on: date) -> str:
    """`dự kiến 17/6/2024`; once that has gone by, what came of it."""
    if not item.is_promise_past:
        return f"dự kiến {day(on)}"
    times = sum(fact.kind == "promise" for fact in item.standing.facts)
    often = f"đã hẹn {two(times)} lần, gần nhất" if times > 1 else "đã hẹn"
    return f"{often} {on.day}/{on.month}, chưa gửi"


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
    if item.standing.state in ("confirmed", "waived"):
        return Say(text=f"{name} {title(item)}, {due(item)}: {state(item)}.")
    if item.standing.state == "submitted":
        return Say(text=f"{name} {title(item)}, {due(item)}: đã hoàn thành. Nếu cần hủy, soạn {name} 0.")
    return Say(text="\n".join([*_known(item), question(item, name)]), choices=menu(name))


def _known(item: Item) -> list[str]:
    """What was said of it so far, before it is asked about."""
    last = [f"Thông tin gần nhất: {state(item)}."] if item.standing.last else []
    return [*last, f"Ghi chú: {item.remark}."] if item.remark else last


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
            lines.append(how_to_answer(names[shown[0].obligation_id]))
        return Say(text="\n".join(lines))
    name = names[ask.obligation_id]
    lines += _known(ask) if count == 1 else []
    return Say(text="\n".join([*lines, question(ask, name)]), choices=menu(name))


def how_to_answer(name: str) -> str:
    return f"Trả lời theo mã, ví dụ: {name} 70%, {name} xong, {name} 3 <khó khăn>, {name} hẹn <ngày>."


def greeting(opening: str, count: int, ask: Item, name: str) -> Say:
    """After linking: what is open, and one question about one named task."""
    return Say(
        text=f"{opening}\nĐơn vị đang có {two(count)} nhiệm vụ cần thực hiện. {question(ask, name)}", choices=menu(name)
    )
