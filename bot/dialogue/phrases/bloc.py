"""The bloc, for its head, deputies and desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.dialogue.phrases.form import day, due, moment, title, two
from bot.dialogue.phrases.tasks import line, state
from bot.dialogue.values import BlocView, Item, Silent
from models.rules.progress import BUCKETS, Bucket
from models.wire import Say

_BUCKETS: dict[Bucket, str] = {
    "done_on_time": "hoàn thành đúng hạn",
    "done_late": "hoàn thành quá hạn",
    "open_in_time": "chưa hoàn thành trong hạn",
    "open_overdue": "chưa hoàn thành quá hạn",
}
SHOWN = 40


def numbers(totals: dict[Bucket, int]) -> str:
    said = "; ".join(f"{_BUCKETS[bucket]} {totals.get(bucket, 0)}" for bucket in BUCKETS)
    return said[0].upper() + said[1:]


def totals(view: BlocView) -> str:
    """The four numbers in one breath, with their moment."""
    return f"{numbers(view.totals)}. Số liệu tính đến {moment(view.as_of)}."


def status(view: BlocView) -> Say:
    lines = [f"{view.bloc}, năm {view.year}:", totals(view)]
    behind = [agency for agency in view.agencies if agency.numbers.get("open_overdue")]
    if behind:
        said = "; ".join(f"{agency.agency} {agency.numbers['open_overdue']}" for agency in behind)
        lines.append(f"Chưa hoàn thành quá hạn theo đơn vị: {said}.")
        lines.append("Chi tiết: ai chưa gửi.")
    if view.held:
        lines.append(f"{resting(view.held_until)}. Để gửi lại, soạn: tiếp tục.")
    return Say(text="\n".join(lines))


def resting(until: datetime | None) -> str:
    return "Đang tạm dừng gửi tin" + (f" đến hết ngày {day(until)}" if until else "")


WHY = {
    "returned": "đã được đề nghị bổ sung",
    "blocked": "khó khăn, vướng mắc",
    "promised": "dự kiến",
    "acknowledged": "đã nhận thông tin",
    "not_linked": "chưa kết nối",
    "off_channel": "không dùng ứng dụng",
    "not_delivered": "chưa gửi được tin",
    "no_answer": "chưa có phản hồi",
}


def why(silent: Silent, head_title: str) -> str:
    if silent.why == "waiting_for_head":
        return f"đang chờ {head_title}"
    told = WHY[silent.why]
    if silent.why in ("acknowledged", "blocked", "promised") and silent.item.standing.last:
        return state(silent.item)
    return told


def silent_ones(
    view: BlocView, codes: tuple[str, ...] = (), away: Mapping[int, str] | None = None, *, names_year: bool = False
) -> Say:
    """Who has not sent, each with the reason; then what is open and due soon, or, of the milestones that are named, at
    any time; and whose people are away (`away`: by agency, who covers whom)."""
    silent = [one for one in view.silent if not codes or one.item.code in codes]
    soon = [item for item in view.open_in_time if (item.code in codes if codes else item.is_near)]
    year = f", năm {view.year}" if names_year else ""
    lines = [f"{view.bloc}{year}, tính đến {moment(view.as_of)}:"]
    if not silent and not soon:
        return Say(text="\n".join([*lines, f"{', '.join(codes) or 'Đến nay'}: không có đơn vị nào chưa gửi."]))
    if silent:
        lines.append(f"Chưa hoàn thành quá hạn ({two(len(silent))}):")
        lines += _grouped([(one.item, why(one, view.head_title)) for one in silent])
    if soon:
        when = "sắp đến thời hạn" if all(item.is_near for item in soon) else "trong hạn"
        lines.append(f"Chưa hoàn thành, {when} ({two(len(soon))}):")
        lines += _grouped([(item, state(item)) for item in soon])
    named = {one.agency_id: one.agency for one in (*(silent_one.item for silent_one in silent), *soon)}
    lines += [f"{named[agency]}: {told}." for agency, told in (away or {}).items() if agency in named]
    lines.append("Ghi nhận thay đơn vị: ghi hộ <đơn vị> K7 <nội dung>.")
    return Say(text="\n".join(lines))


def _grouped(pairs: Sequence[tuple[Item, str]]) -> list[str]:
    """By milestone, in the order of due dates; agencies that have said nothing share one line."""
    lines: list[str] = []
    by_code: dict[int, list[tuple[Item, str]]] = {}
    for item, reason in sorted(pairs, key=lambda pair: (pair[0].due_on, pair[0].milestone_id, pair[0].agency)):
        by_code.setdefault(item.milestone_id, []).append((item, reason))
    for group in by_code.values():
        first = group[0][0]
        lines.append(f"{first.code} {title(first)}, {due(first)}:")
        reasons: dict[str, list[str]] = {}
        for item, reason in group:
            reasons.setdefault(reason, []).append(item.agency)
        lines += [f"- {', '.join(agencies)}: {reason}" for reason, agencies in reasons.items()]
    return lines if len(lines) <= SHOWN else [*lines[:SHOWN], "… Soạn ai chưa gửi K7 để xem từng nhiệm vụ."]


def agency(items: Sequence[Item], name: str) -> Say:
    """One agency's numbers and open tasks, for the head's eyes."""
    counts: dict[Bucket, int] = dict.fromkeys(BUCKETS, 0)
    for item in items:
        if item.bucket:
            counts[item.bucket] += 1
    opened = [item for item in items if item.bucket in ("open_overdue", "open_in_time")]
    shown = sorted(opened, key=lambda item: item.deadline)[:10]
    lines = [f"{name}: {numbers(counts).lower()}."]
    lines += [line(item, item.code) for item in shown]
    if len(opened) > len(shown):
        lines.append(f"và {two(len(opened) - len(shown))} nhiệm vụ khác chưa đến kỳ.")
    return Say(text="\n".join(lines))


def of_another_season(code: str, year: int, head: str) -> Say:
    return Say(
        text=f"{code} thuộc giao ước năm {year}, do {head} năm {year} theo dõi. Chưa ghi nhận, chưa thay đổi gì."
    )
