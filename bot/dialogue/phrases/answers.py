"""Receipts, read-backs, and what an answer still lacks."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from bot.dialogue.intents import Answer
from bot.dialogue.phrases.form import day, due, enumerated, figure, moment, number, quoted, title, two
from bot.dialogue.values import Draft, Item, Record
from models.wire import Choice, Say

SOURCES = {"telephone": "điện thoại", "letter": "công văn", "in_person": "trao đổi trực tiếp"}
CONFIRM = (
    Choice(key="1", label="Đúng", says="đúng", style="success"),
    Choice(key="2", label="Không đúng", says="không đúng", style="danger"),
)


def menu(label: str) -> tuple[Choice, ...]:
    return (
        Choice(key="1", label="Đã gửi", says=f"{label} 1", style="success"),
        Choice(key="2", label="Đang thực hiện", says=f"{label} 2", style="primary"),
        Choice(key="3", label="Khó khăn, vướng mắc", says=f"{label} 3", style="danger"),
    )


def named(item: Item, label: str) -> str:
    return f"{label} {title(item)}"


# --- what was stored ----------------------------------------------------------------------------------------------


def stored(item: Item, label: str, record: Record) -> str:
    """`K5: 70% (kỳ trước 52%)`."""
    return f"{label}: {_what(item, record)}"


def _what(item: Item, record: Record) -> str:
    match record.kind:
        case "progress" | "same":
            return _progress(item, record)
        case "promise" if record.promise_on:
            return f"dự kiến gửi ngày {day(record.promise_on)}"
        case "extension" if record.due_on:
            return f"đề nghị gia hạn đến ngày {day(record.due_on)}{_said(record)}"
        case "difficulty":
            return f"khó khăn, vướng mắc{_said(record)}"
        case "letter":
            return _letter(record)
        case "evidence":
            return _file(record.file) if record.file else "minh chứng"
        case _:
            return _PLAIN[record.kind]


def _file(file: Draft) -> str:
    """Its name as it was sent, and the beginning of its hash: what lies in the store can be checked against it."""
    name = f" {file.name}" if file.name else ""
    return f"{'ảnh' if file.recompressed else 'tệp'} minh chứng{name} (SHA-256 {file.sha256[:12]}…)"


_PLAIN = {
    "done": "đã gửi",
    "acknowledged": "đã nhận thông tin",
    "signing": "đang trình ký",
    "nothing": "không phát sinh",
    "outside": "đã gửi ngoài hệ thống",
    "objected": "đơn vị báo đã gửi",
    "undo": "đã hủy nội dung ghi gần nhất",
}


def _progress(item: Item, record: Record) -> str:
    said = figure(item, record.percent, record.value)
    if not said:
        return f"chưa hoàn thành{_said(record)}" if record.note else "đang thực hiện"
    before = figure(item, item.standing.percent, item.standing.value)
    same = "như kỳ trước, " if record.kind == "same" else ""
    return f"{same}{said}" + (f" (kỳ trước {before})" if before and not same else "")


def _said(record: Record) -> str:
    return f" – {quoted(record.note)}" if record.note else ""


def _letter(record: Record) -> str:
    number_ = f" số {record.letter}" if record.letter else ""
    on = f" ngày {day(record.letter_on)}" if record.letter_on else ""
    through = " qua trục liên thông" if record.note and not record.letter else ""
    return f"đã gửi văn bản{number_}{on}{through}"


# --- receipts -----------------------------------------------------------------------------------------------------


def receipt(item: Item, label: str, records: tuple[Record, ...], now: datetime, *, lacks: str | None) -> str:
    """One task's receipt, with how to correct it and how to take it back."""
    marks = receipt_marks(len(records), now)
    if records[-1].kind == "undo":
        return f"Đã hủy nội dung ghi gần nhất của {label}. {marks} {lacks}"
    told = f"{_opening(item, label, records)} {marks}"
    after = _correcting(label, records[-1])
    return f"{told}\n{lacks}\n{after}" if lacks else f"{told} {after}"


def receipt_marks(count: int, now: datetime) -> str:
    """The places of the receipt numbers, which the service fills in."""
    return f"Mã tiếp nhận {', '.join(f'{{BN{n}}}' for n in range(count))}, {moment(now)}."


def _opening(item: Item, label: str, records: tuple[Record, ...]) -> str:
    last, what = records[-1], _together(item, records)
    if last.proxy:
        return f"Đã ghi hộ {item.agency}, {item.code}: {what} (nguồn: {SOURCES[last.proxy]})." + _resting(
            item, label, last
        )
    if len(records) == 1 and last.kind == "promise":
        return f"Đã ghi nhận: {what}." + _resting(item, label, last)
    return f"Đã ghi nhận {label}: {what}." + _resting(item, label, last)


def _together(item: Item, records: tuple[Record, ...]) -> str:
    files = [record for record in records if record.kind == "evidence"]
    told = [_what(item, record) for record in records if record.kind != "evidence"]
    if files:
        told.insert(0, _what(item, files[0]) if len(files) == 1 else f"{two(len(files))} tệp minh chứng")
    return "; ".join(told)


def _resting(item: Item, label: str, last: Record) -> str:
    if not last.promise_on:
        return ""
    late = f" Thời hạn {day(item.due_on)} không thay đổi." if last.promise_on > item.due_on else ""
    return f" Tạm dừng nhắc {label} đến hết ngày này.{late}"


def _correcting(label: str, last: Record) -> str:
    if last.proxy:
        other = "“theo công văn” hoặc “trực tiếp”" if last.proxy == "telephone" else "“qua điện thoại”"
        return f"Nếu nguồn khác, soạn lại và thêm {other}. Để hủy, soạn: hủy."
    if last.kind in ("progress", "same") and (last.percent is not None or last.value is not None):
        return f"Nếu cần điều chỉnh, đề nghị gửi lại số liệu. Để hủy, soạn {label} 0."
    return f"Để hủy, soạn {label} 0."


def receipts(lines: list[tuple[Item, str, Record]], now: datetime, others: list[str]) -> str:
    """Several answers at once: one message, one line each, the unclear part asked at the end."""
    proxy = lines[0][2].proxy
    whose = f"Đã ghi hộ {lines[0][0].agency} (nguồn: {SOURCES[proxy]})" if proxy else "Đã ghi nhận"
    said = [f"{whose}, {moment(now)}:"]
    for place, (item, label, record) in enumerate(lines):
        told = stored(item, item.code if proxy else label, record)
        said.append(f"- {told}. Mã tiếp nhận {{BN{place}}}")
    undo = "soạn: hủy" if proxy else f"soạn: hủy; để hủy một nội dung, soạn {lines[0][1]} 0"
    said.append(f"Nếu cần điều chỉnh, đề nghị gửi lại số liệu. Để hủy, {undo}.")
    return "\n".join([*said, *others])


def lacks(item: Item, label: str, missing: Literal["evidence", "file"] | None) -> str:
    if missing == "file":
        return f"{label} còn thiếu tệp minh chứng: đề nghị gửi tệp hoặc ảnh văn bản đã ký."
    if missing == "evidence":
        return f"{label} còn thiếu minh chứng: đề nghị gửi tệp, ảnh hoặc số, ngày công văn."
    return f"{label} được ghi nhận hoàn thành, không nhắc thêm."


def claimed_too(item: Item, label: str) -> str:
    """After a file on a task that nobody has called done."""
    return f"{named(item, label)}, {due(item)}, đã gửi đủ hay đang thực hiện?"


def what_difficulty(label: str) -> str:
    return f"Đề nghị nêu ngắn gọn khó khăn, vướng mắc của {label}."


def with_figure(label: str) -> str:
    return f"Có thể gửi thêm tỷ lệ, ví dụ {label} 70%."


def already_done(item: Item, label: str) -> str:
    at = item.standing.submitted_at
    when = f" lúc {moment(at)}" if at else ""
    return f"{named(item, label)} đã được ghi nhận hoàn thành{when}. Nếu cần hủy, soạn {label} 0."


def claimed_before(label: str, lacks: str) -> str:
    return f"{label} đã được ghi là đã gửi. {lacks}"


def not_done_after_all(label: str, said: str) -> str:
    return f"{label} đang được ghi là đã gửi, nội dung mới là {quoted(said, 40)}. Hủy nội dung đã gửi?"


def noted_before(label: str) -> str:
    return f"{label}: đã nhận thông tin; nội dung ghi trước đó vẫn giữ nguyên."


# --- read-backs ---------------------------------------------------------------------------------------------------


def above(item: Item, label: str, record: Record) -> str:
    most = figure(item, None, item.ask.target) if record.value is not None and item.ask.target else "100%"
    return f"{label}: {_new(item, record)}, vượt {most.split('/')[0] if '/' in most else most}."


def falling(item: Item, label: str, record: Record) -> str:
    before = figure(item, item.standing.percent, item.standing.value)
    if item.standing.claimed and not _less(item, record):
        return f"{label}: đã được báo là đã gửi, nay ghi {_new(item, record)}."
    return f"{label}: {_new(item, record)}, thấp hơn số đã ghi nhận {before}."


def _less(item: Item, record: Record) -> bool:
    """Than the figure that was given before the task was called done."""
    pairs = ((record.percent, item.standing.percent), (record.value, item.standing.value))
    return any(new is not None and old is not None and new < old for new, old in pairs)


def differing(item: Item, label: str, record: Record, at: datetime, other: str) -> str:
    new = _new(item, record) or _what(item, record)
    return f"{label}: cán bộ khác của đơn vị đã ghi {other} lúc {moment(at)}; nội dung mới là {new}."


def reading_back(item: Item, label: str, record: Record) -> str:
    return f"Ghi nhận {stored(item, label, record)}?"


def of_another_person(label: str) -> str:
    return f"{label}: nội dung gần nhất do cán bộ khác ghi. Hủy nội dung đó?"


def _new(item: Item, record: Record) -> str:
    return figure(item, record.percent, record.value)


def confirming(lines: list[str]) -> Say:
    return Say(text="\n".join([*lines, "Đề nghị xác nhận:"]), choices=CONFIRM)


def not_confirmed(label: str | None) -> str:
    example = f", ví dụ {label} 70%" if label else ""
    return f"Chưa ghi nhận. Đề nghị gửi lại nội dung đúng{example}."


# --- what is unclear ----------------------------------------------------------------------------------------------


def unclear(item: Item, label: str, answer: Answer) -> str:
    what = f"Chưa rõ nội dung {quoted(answer.said, 40)} cho" if answer.said else "Chưa rõ nội dung cho"
    return _DOUBTS.get(answer.doubt or "", what + " {label}.").replace("{label}", named(item, label)).replace(
        "{code}", label
    )  # fmt: skip


_DOUBTS = {
    "no_date": "Đề nghị cho biết ngày dự kiến gửi {label}, ví dụ {code} hẹn <ngày>.",
    "impossible_date": "Ngày dự kiến của {label} không có trong lịch. Đề nghị gửi lại, ví dụ {code} hẹn <ngày>.",
    "past_date": "Ngày dự kiến của {label} đã qua. Đề nghị gửi lại, ví dụ {code} hẹn <ngày>.",
    "two_figures": "Có nhiều số liệu cho {label}. Đề nghị gửi một số liệu, ví dụ {code} 70%.",
    "no_such_number": "Số liệu của {label} chưa hợp lý. Đề nghị gửi lại, ví dụ {code} 70%.",
}


def date_or_figure(item: Item, label: str, answer: Answer) -> str:
    said = f"{number(answer.number or 0)}/{number(answer.of or 0)}"
    return f"{label}: {said} là ngày dự kiến gửi hay số liệu? Ngày: soạn {label} hẹn {said}; số liệu: soạn {label} 70%."


def not_the_target(item: Item, label: str, answer: Answer) -> str:
    return (
        f"{label}: chỉ tiêu là {number(item.ask.target or 0)}, nội dung gửi là "
        f"{number(answer.number or 0)}/{number(answer.of or 0)}."
    )


def no_extension(item: Item, label: str, on: date | None, head: str) -> str:
    text = f"{label}: {due(item)} do {head} quyết định, tại đây chưa thay đổi được."
    return (
        f"{text} Ghi ngày dự kiến gửi là {day(on)}?" if on else f"{text} Có thể ghi ngày dự kiến: {label} hẹn <ngày>."
    )


def nothing_before(label: str) -> str:
    return f"{label}: chưa có số liệu kỳ trước. Đề nghị gửi số liệu, ví dụ {label} 70%."


def nothing_to_undo(label: str | None) -> str:
    return (
        f"{label}: chưa có nội dung nào để hủy."
        if label
        else "Không có nội dung vừa ghi nào để hủy. Soạn K7 0 để hủy theo mã."
    )


def undone(label: str, now_standing: str) -> str:
    return f"Đã hủy nội dung vừa ghi của {label}. {now_standing}"


def draft_dropped() -> str:
    return "Đã bỏ tệp chưa gắn với nhiệm vụ nào."


def no_files_here(label: str) -> str:
    return f"{label} không nhận tệp tại đây: gửi theo đường công văn, rồi trả lời: {label} nộp ngoài hệ thống."


def titled(item: Item) -> str:
    return title(item)


# --- which --------------------------------------------------------------------------------------------------------


def which_task(labels: list[str], *, files: bool, said: str | None) -> str:
    names = enumerated(labels, "hay")
    if files:
        return f"Tệp này dùng cho nhiệm vụ nào? {names}?"
    about = f"Nội dung {quoted(said, 40)} dùng" if said else "Nội dung này dùng"
    return f"{about} cho nhiệm vụ nào: {names}?"


def which_task_before(names: Sequence[str], labels: list[str]) -> str:
    """For files that wait while others are filed."""
    sent = f"Tệp {', '.join(names)} gửi trước đó" if names else "Tệp gửi trước đó"
    return f"{sent} dùng cho nhiệm vụ nào? {enumerated(labels, 'hay')}?"


def which_agency(task: str) -> str:
    return f"{task} là của đơn vị nào?"


def unknown_code(code: str, nearest: str | None) -> str:
    near = f" Gần nhất là {nearest}." if nearest else ""
    return f"Không có nhiệm vụ {code}.{near}"


def not_yours(code: str) -> str:
    return f"{code} không thuộc nhiệm vụ của đơn vị. Soạn viec để xem danh sách."


def nothing_open() -> str:
    return "Đơn vị không còn nhiệm vụ nào đang mở, nội dung vừa gửi chưa được ghi nhận. Nếu cần, đề nghị ghi kèm mã."


def courtesy(*, works: bool) -> str:
    return "Đã nhận thông tin." + (
        " Soạn viec để xem nhiệm vụ của đơn vị." if works else " Soạn giup để được hướng dẫn."
    )


def draft_gone() -> str:
    return "Tệp gửi trước đó đã quá thời gian chờ, đề nghị gửi lại tệp."


def not_theirs(code: str) -> str:
    return f"{code} không phải nhiệm vụ của đơn vị này."
