"""Tasks that the head's desk gives, dates that it moves, pauses: previews, receipts, and what the receivers read."""

from collections.abc import Sequence
from datetime import date, datetime, time

from bot.dialogue.orders.values import DayView, DeskFacts, MilestoneView, Moved, Receiver
from bot.dialogue.phrases.bloc import resting
from bot.dialogue.phrases.form import day, enumerated, hour, moment, quoted, two, weekday
from models.wire import Choice, Say

SEND_OR_NOT = (
    Choice(key="1", label="Xác nhận", says="đúng"),
    Choice(key="2", label="Không thực hiện", says="không đúng"),
)
PLEASE_CONFIRM = "Đề nghị xác nhận:"
_NO_CHAT = {
    "not_linked": "chưa kết nối",
    "off_channel": "không dùng ứng dụng",
    "not_delivered": "đã chặn hoặc không còn cuộc trò chuyện",
}


# --- what several previews say ------------------------------------------------------------------------------------


def when(on: date, at: time | None) -> str:
    """16:00 ngày 20/6/2024 (thứ Năm)."""
    return f"{hour(at) + ' ' if at else ''}ngày {day(on)} ({weekday(on)})"


def reach(receivers: Sequence[Receiver]) -> list[str]:
    """How many people read it, and which agencies have nobody who does."""
    people = {person for receiver in receivers for person in receiver.people}
    lines = [f"Người nhận tin: {two(len(people))}."]
    if missed := [receiver for receiver in receivers if not receiver.people]:
        named = "; ".join(f"{one.agency} ({_NO_CHAT[one.why or 'not_linked']})" for one in missed)
        lines.append(f"Không nhận được tin, đề nghị thông báo bằng cách khác: {named}.")
    return lines


def nobody_while_paused(until: datetime | None) -> Say:
    return Say(text=f"Chưa nhắc ai. {resting(until)}. Để gửi lại, soạn: tiếp tục.")


def leaves(facts: DeskFacts, now: datetime) -> str:
    if facts.held:
        return f"{resting(facts.held_until)}: tin được gửi sau khi tiếp tục."
    if facts.sends_at <= now:
        return "Tin được gửi ngay sau khi xác nhận."
    return f"Ngoài giờ gửi tin: tin được gửi lúc {moment(facts.sends_at)}."


def leaving(facts: DeskFacts, now: datetime) -> str:
    """The same once it is ordered."""
    return leaves(facts, now) if facts.held or facts.sends_at > now else "Tin đang được gửi."


def left(view: DayView) -> str:
    return f"còn {two(view.left)} ngày làm việc" if view.left > 0 else "trong ngày hôm nay"


def _day_off(view: DayView) -> list[str]:
    if not view.is_off:
        return []
    counts = "" if view.last_day == view.day else f", tính đúng hạn đến hết ngày {day(view.last_day)}"
    return [f"Lưu ý: {weekday(view.day)} {day(view.day)} là ngày nghỉ{counts}."]


def _agencies(receivers: Sequence[Receiver], everybody: bool) -> str:
    if everybody:
        return f"Đơn vị thực hiện: tất cả {two(len(receivers))} đơn vị."
    return f"Đơn vị thực hiện ({two(len(receivers))}): {enumerated([one.agency for one in receivers])}."


def cancelled() -> Say:
    return Say(text="Không thực hiện. Chưa có gì thay đổi và chưa gửi tin.")


def which_bloc(slugs: Sequence[str]) -> Say:
    return Say(
        text="Đồng chí phụ trách nhiều khối, cụm: chưa rõ khối nào. "
        "Đề nghị nêu tên đơn vị hoặc mã nhiệm vụ của khối cần "
        f"thực hiện. Các khối: {', '.join(slugs)}."
    )


def unknown_agency(said: str, receivers: Sequence[Receiver]) -> Say:
    known = "; ".join(f"{one.short} – {one.agency}" for one in receivers)
    return Say(text=f"Chưa rõ đơn vị {quoted(said, 60)}. Đề nghị soạn: tất cả, hoặc mã đơn vị.\nCác đơn vị: {known}.")


def unknown_code(code: str) -> Say:
    return Say(text=f"Không có nhiệm vụ {code}. Soạn ai chưa gửi để xem các mã nhiệm vụ.")


def impossible_day(said: str, example: str = "16:00 20/6") -> Say:
    return Say(text=f"Ngày {said} không có trong lịch. Đề nghị gửi lại, ví dụ: {example}.")


def past_day(on: date, at: time | None, what: str = "thời hạn") -> Say:
    named = when(on, at)
    return Say(text=f"{named[0].upper()}{named[1:]} đã qua. Đề nghị gửi lại {what} từ nay về sau.")


# --- giao việc ----------------------------------------------------------------------------------------------------

TITLE_LIMIT = 200
_CANCEL = "Để thôi, soạn: hủy."


def ask_text() -> Say:
    return Say(
        text="Giao việc gì? Đề nghị soạn nội dung, hoặc soạn đủ một lần:\n"
        f"/giaoviec <nội dung>; hạn 16:00 20/6; <tất cả hoặc mã đơn vị>\n{_CANCEL}"
    )


def ask_due(text: str) -> Say:
    return Say(text=f"{quoted(text)}: thời hạn nào? Ví dụ: 16:00 20/6, hoặc 25/6. {_CANCEL}")


def ask_whom(text: str, receivers: Sequence[Receiver]) -> Say:
    known = ", ".join(one.short for one in receivers)
    return Say(text=f"{quoted(text)}: giao cho đơn vị nào? Soạn: tất cả, hoặc mã đơn vị ({known}). {_CANCEL}")


def title_too_long(length: int) -> Say:
    return Say(
        text=f"Nội dung giao việc dài {length} ký tự, tối đa {TITLE_LIMIT}. "
        "Đề nghị rút gọn thành tên nhiệm vụ; nội dung chi "
        "tiết gửi bằng văn bản hoặc /thongbao."
    )


def give_preview(
    title: str, view: DayView, at: time | None, receivers: Sequence[Receiver], everybody: bool, sending: str
) -> Say:
    lines = [
        f"Giao việc: {quoted(title, TITLE_LIMIT)}.",
        f"Thời hạn: {when(view.day, at)}, {left(view)}.",
        *_day_off(view),
        _agencies(receivers, everybody),
        *reach(receivers),
        sending,
        PLEASE_CONFIRM,
    ]
    return Say(text="\n".join(lines), choices=SEND_OR_NOT)


def given(title: str, view: DayView, at: time | None, receivers: Sequence[Receiver], sending: str) -> Say:
    return Say(
        text=f"Đã giao {{K}} {quoted(title, TITLE_LIMIT)}, thời hạn {when(view.day, at)}, "
        f"cho {two(len(receivers))} đơn vị.\n"
        f"{' '.join(reach(receivers))}\n{sending}\n"
        "Theo dõi: ai chưa gửi {K}. Khi chưa đơn vị nào trả lời, có thể hủy: hủy giao việc {K}."
    )


def task_given(bloc_head: str, code: str, title: str, on: date, at: time | None) -> str:
    """What the receivers read."""
    return (
        f"{bloc_head} đề nghị đơn vị thực hiện nhiệm vụ mới {code}: {title}.\nThời hạn: {when(on, at)}.\n"
        f"Trả lời theo mã, ví dụ: {code} đã rõ, {code} 70%, {code} xong, {code} hẹn {on.day}/{on.month}."
    )


def task_taken_back(bloc_head: str, code: str, title: str) -> str:
    return f"{bloc_head} thôi giao nhiệm vụ {code}: {title}. Đề nghị đơn vị không thực hiện nhiệm vụ này."


def taken_back(view: MilestoneView) -> Say:
    return Say(text=f"Đã hủy giao việc {view.code} {quoted(view.title)}. Đơn vị đã nhận tin được thông báo lại.")


def not_taken_back(view: MilestoneView) -> Say:
    if not view.ad_hoc:
        return Say(
            text=f"{view.code} là nhiệm vụ theo kế hoạch của giao ước, không hủy tại đây. Để lùi thời hạn: "
            f"/doihan {view.code} <ngày> <lý do>."
        )
    return Say(text=f"Chưa hủy {view.code}: đã có đơn vị trả lời. Để lùi thời hạn: /doihan {view.code} <ngày> <lý do>.")


# --- đổi hạn ------------------------------------------------------------------------------------------------------


def ask_milestone() -> Say:
    return Say(text=f"Đổi thời hạn của nhiệm vụ nào? Ví dụ: /doihan K5 25/6 theo công văn 12/CV-CA. {_CANCEL}")


def ask_new_date(view: MilestoneView) -> Say:
    return Say(
        text=f"{view.code} {quoted(view.title)}, thời hạn {when(view.due_on, view.due_time)}: đổi sang ngày nào? "
        f"Ví dụ: 25/6. {_CANCEL}"
    )


def ask_reason(view: MilestoneView) -> Say:
    return Say(text=f"Lý do đổi thời hạn {view.code}, kèm số văn bản nếu có? {_CANCEL}")


def not_of_one_agency(code: str, short: str) -> Say:
    return Say(
        text=f"Chưa đổi: /doihan đổi thời hạn {code} cho tất cả các đơn vị. Để gia hạn riêng {code}-{short}, ghi đề "
        f"nghị của đơn vị: ghi hộ {short} {code} gia hạn <ngày> <lý do>, rồi soạn đồng ý gia hạn {code}-{short}."
    )


def same_date(view: MilestoneView) -> Say:
    told = f" {_moved(view.moved)}" if view.moved else ""
    return Say(text=f"Thời hạn của {view.code} đã là {when(view.due_on, view.due_time)}.{told}")


def _moved(moved: Moved) -> str:
    was = f" (trước đó {day(moved.was)})" if moved.was else ""
    return f"{moved.by} đã đổi lúc {moment(moved.at)}{was}."


def move_preview(
    view: MilestoneView, new: DayView, at: time | None, reason: str, receivers: Sequence[Receiver], sending: str
) -> Say:
    lines = [
        f"Đổi thời hạn {view.code} {quoted(view.title)}: từ {when(view.due_on, view.due_time)} "
        f"sang {when(new.day, at)}.",
        *_day_off(new),
        f"Lý do: {quoted(reason, 200)}.",
        f"Áp dụng cho {two(len(view.agencies))} đơn vị, trong đó {two(len(view.still_open))} đơn vị chưa hoàn thành.",
        *reach(receivers),
        sending,
        PLEASE_CONFIRM,
    ]
    return Say(text="\n".join(lines), choices=SEND_OR_NOT)


def changed_meanwhile(view: MilestoneView, preview: Say) -> Say:
    """Two desks edit one milestone: the second one is told who and when, and sees it as it is now."""
    who = _moved(view.moved) if view.moved else f"Hiện nay: {when(view.due_on, view.due_time)}."
    return Say(
        text=f"Chưa đổi: thời hạn của {view.code} vừa có thay đổi. {who}\n{preview.text}", choices=preview.choices
    )


def moved(view: MilestoneView, new: DayView, at: time | None, receivers: Sequence[Receiver], sending: str) -> Say:
    return Say(
        text=f"Đã đổi thời hạn {view.code}: từ {when(view.due_on, view.due_time)} sang {when(new.day, at)}. "
        f"Tin nhắc được tính lại theo thời hạn mới.\n{' '.join(reach(receivers))}\n{sending}"
    )


def date_moved(bloc_head: str, code: str, title: str, was: str, now: str, reason: str, kept: date | None) -> str:
    """What the agencies read that have not sent yet; `kept`: the date that an extension gave this one, which stands."""
    own = f"Thời hạn đã gia hạn cho đơn vị, ngày {day(kept)}, không thay đổi.\n" if kept else ""
    return (
        f"{bloc_head} thông báo đổi thời hạn {code} {title}: từ {was} sang {now}.\nLý do: {quoted(reason, 200)}.\n{own}"
        f"Ngày dự kiến đã báo (nếu có) không thay đổi; để báo lại, soạn: {code} hẹn <ngày>."
    )


# --- tạm dừng -----------------------------------------------------------------------------------------------------


def ask_until() -> Say:
    return Say(text=f"Tạm dừng gửi tin đến hết ngày nào? Ví dụ: tạm dừng đến 20/6. {_CANCEL}")


def paused(bloc: str, until: date, resumes: datetime) -> Say:
    return Say(
        text=f"{bloc}: tạm dừng mọi tin nhắc, thông báo đến hết ngày {day(until)}; gửi lại từ {moment(resumes)}, "
        "mỗi người nhiều "
        "nhất một tin nhắc. Đơn vị vẫn trả lời, gửi minh chứng bình thường. Để gửi lại sớm hơn, soạn: tiếp tục."
    )


def resumed(bloc: str) -> Say:
    return Say(
        text=f"{bloc}: tiếp tục gửi tin nhắc, thông báo. Không dồn tin: mỗi người nhiều nhất một tin nhắc trong ngày."
    )


def not_paused(bloc: str) -> Say:
    return Say(text=f"{bloc} không trong thời gian tạm dừng, không có gì thay đổi.")
