"""The summary for the head and its desk, and the text for the bloc's own group."""

from collections.abc import Sequence

from bot.dialogue.orders.values import AgencyWeek, WeekView
from bot.dialogue.phrases.bloc import numbers
from bot.dialogue.phrases.form import day, enumerated, moment, two
from models.wire import Choice, Say

_SHOWN = 12
_TO_PASTE = "Nội dung gửi nhóm chung của khối (sao chép):"
_PASTE_ALL = (
    Choice(key="1", label="Xác nhận", says="đúng"),
    Choice(key="2", label="Không thực hiện", says="không đúng"),
)


def summary(week: WeekView) -> Say:
    """Where the bloc stands, what moved, who is silent and why, what waits for the head."""
    totals = week.totals
    due = totals["done_on_time"] + totals["done_late"] + totals["open_overdue"]
    lines = [
        f"Tổng hợp {week.bloc}, năm {week.year}.",
        f"{numbers(totals)}. Số liệu tính đến {moment(week.as_of)}.",
        _rates(week, due),
        *_moved(week),
        *_silent(week.silent),
        *_waiting(week.head_title, week.waiting, " Soạn: /duyet."),
        *_waiting(week.who_else, week.elsewhere),
        *_coming(week),
    ]
    return Say(text="\n".join(lines))


def _rates(week: WeekView, due: int) -> str:
    if not due:
        return "Chưa có nhiệm vụ nào đến thời hạn hoặc hoàn thành."
    return (
        f"Đã đến thời hạn hoặc đã hoàn thành {two(due)} nhiệm vụ: "
        f"hoàn thành đúng hạn {rate(week.totals['done_on_time'], due)}, "
        f"có thông tin báo cáo {rate(week.reported, due)}."
    )


def rate(part: int, whole: int) -> str:
    """87,5%"""
    return f"{part * 100 / whole:.1f}%".replace(".", ",").replace(",0%", "%")


def _moved(week: WeekView) -> list[str]:
    gained = {name: count - week.before.get(name, 0) for name, count in week.totals.items()}
    if not week.done and not week.fell_due and not any(gained.values()):
        return ["So với tuần trước: không thay đổi."]
    lines = [
        f"So với tuần trước: hoàn thành thêm {two(len(week.done))}, mới quá hạn {two(week.fell_due)}, "
        f"chưa hoàn thành quá hạn {_signed(gained['open_overdue'])}."
    ]
    if week.done:
        more = f" và {two(len(week.done) - _SHOWN)} nhiệm vụ khác" if len(week.done) > _SHOWN else ""
        lines.append(f"Mới hoàn thành: {', '.join(week.done[:_SHOWN])}{more}.")
    return lines


def _signed(change: int) -> str:
    return f"tăng {two(change)}" if change > 0 else f"giảm {two(-change)}" if change else "không đổi"


def _silent(silent: Sequence[AgencyWeek]) -> list[str]:
    if not silent:
        return ["Không có đơn vị nào chưa hoàn thành quá hạn."]
    lines = ["Chưa hoàn thành quá hạn, theo đơn vị:"]
    for one in silent:
        by_reason: dict[str, list[str]] = {}
        for code, reason in one.overdue:
            by_reason.setdefault(reason, []).append(code)
        told = "; ".join(f"{', '.join(codes)} {reason}" for reason, codes in by_reason.items())
        lines.append(f"- {one.agency}: {told}")
    return lines


def _waiting(whose: str, waiting: Sequence[str], then: str = "") -> list[str]:
    if not waiting:
        return []
    more = f" và {two(len(waiting) - _SHOWN)} nhiệm vụ khác" if len(waiting) > _SHOWN else ""
    return [f"Chờ {whose} xem xét ({two(len(waiting))}): {', '.join(waiting[:_SHOWN])}{more}.{then}"]


def _coming(week: WeekView) -> list[str]:
    if not week.coming:
        return []
    named = enumerated([f"{code} {title} ({day(on)})" for code, title, on in week.coming])
    return [f"Đến thời hạn trong 07 ngày tới: {named}."]


# --- for the bloc's group -----------------------------------------------------------------------------------------


def to_paste(week: WeekView) -> Say:
    """Counts only; names come when the head confirms it."""
    return Say(text=f"{_TO_PASTE}\n\n{_group_text(week, names=False)}\n\nĐể nêu tên đơn vị, soạn: kèm tên.")


def ask_names(head: str, week: WeekView) -> Say:
    """To the head, each time: what is going to be read in the group."""
    return Say(
        text="Nội dung gửi nhóm chung sẽ nêu tên đơn vị chưa hoàn thành quá hạn. "
        f"Mỗi lần nêu tên cần {head} đồng ý.\n\n{_group_text(week, names=True)}\n\nĐề nghị xác nhận:",
        choices=_PASTE_ALL,
    )


def nobody_to_name() -> Say:
    return Say(text="Đến nay không có đơn vị nào chưa hoàn thành quá hạn: nội dung gửi nhóm chung không cần nêu tên.")


def head_is_asked(head: str) -> Say:
    """To the desk."""
    return Say(
        text=f"Mỗi lần nêu tên đơn vị do {head} xác nhận. {{ASKED}} Khi có xác nhận, nội dung kèm tên được gửi tại đây."
    )


def asked(head: str, reached: int) -> str:
    """What replaces `{ASKED}`."""
    if reached:
        return f"Đã gửi đề nghị tới {head}."
    return f"{head} chưa kết nối, chưa gửi được đề nghị."


def names_wanted() -> Say:
    """To the head."""
    return Say(
        text="Bộ phận giúp việc đề nghị nêu tên đơn vị chưa hoàn thành quá hạn trong nội dung gửi nhóm chung của khối. "
        "Để xem nội dung và xác nhận, chọn:",
        choices=(Choice(key="1", label="Xem nội dung kèm tên", says="kèm tên"),),
    )


def names_refused(head: str) -> Say:
    return Say(text=f"Mỗi lần nêu tên đơn vị do {head} xác nhận.")


def with_names(week: WeekView) -> Say:
    return Say(text=f"{_TO_PASTE}\n\n{_group_text(week, names=True)}")


def _group_text(week: WeekView, *, names: bool) -> str:
    totals = week.totals
    due = totals["done_on_time"] + totals["done_late"] + totals["open_overdue"]
    share = f" (đúng hạn {rate(totals['done_on_time'], due)})" if due else ""
    lines = [
        f"Kính gửi các đơn vị thành viên {week.bloc}.",
        f"Tính đến {moment(week.as_of)}: hoàn thành đúng hạn {totals['done_on_time']}, hoàn thành quá hạn "
        f"{totals['done_late']}, chưa hoàn thành trong hạn {totals['open_in_time']}, chưa hoàn thành quá hạn "
        f"{totals['open_overdue']}{share}.",
    ]
    if week.coming:
        lines.append(f"Sắp đến thời hạn: {enumerated([f'{title} ({day(on)})' for _, title, on in week.coming])}.")
    if names and week.silent:
        named = "; ".join(f"{one.agency} ({', '.join(code for code, _ in one.overdue)})" for one in week.silent)
        lines.append(f"Chưa hoàn thành quá hạn: {named}.")
    if totals["open_overdue"]:
        lines.append("Đề nghị các đơn vị còn nhiệm vụ quá hạn sớm hoàn thành và báo kết quả.")
    else:
        lines.append("Trân trọng cảm ơn các đơn vị.")
    return "\n".join(lines)
