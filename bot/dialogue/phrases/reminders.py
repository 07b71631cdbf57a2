"""The one merged message of a day: what a person owes by urgency, and what was escalated to this person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.dialogue.phrases.answers import menu
from bot.dialogue.phrases.form import day, enumerated, hour, left, number, title, two, weekday
from bot.dialogue.phrases.tasks import how_to_answer, label, question, state
from bot.dialogue.values import Contact, Escalated, Item
from models.wire import Choice, Say

REMINDED = 6
LONGEST = 3500
"""Characters; fits every channel but the strictest, whose limit is handed in."""
FIRST = "Hệ thống bắt đầu theo dõi các nhiệm vụ theo giao ước thi đua, kính đề nghị đơn vị cho biết tình hình."
PASSED_ON = "Chuyển đồng chí cùng phối hợp, do chưa có phản hồi của cán bộ đầu mối."
PASSED_ON_AGAIN = "Chuyển đồng chí cùng phối hợp, do chưa có phản hồi mới của cán bộ đầu mối."
"""Where something was said, and nothing since."""
_NOBODY = Escalated()


def reminder(
    items: Sequence[Item],
    today: date,
    person: str | None = None,
    *,
    first: bool = False,
    names_agency: bool = False,
    escalated: Escalated = _NOBODY,
    instead: str | None = None,
    limit: int = LONGEST,
) -> Say:
    """One merged message by urgency. A single task ends in its question (`respond.opened_by` tells it).

    `first`: nothing was ever sent before; it is said what this is, and nothing sounds like a reproach. `names_agency`:
    the chat speaks for another one too. `instead`: what to say of the channel that does not carry it. What does not
    fit into `limit` characters is counted.
    """
    message = _Message(items, today, escalated, names_agency=names_agency)
    opening = [message.salutation(person)]
    opening += [instead] if instead else []
    opening += [FIRST] if first else []
    if len(items) == 1 and escalated.has_own_only:
        passed_on = PASSED_ON_AGAIN if items[0].standing.last else PASSED_ON
        opening += [passed_on] if escalated.passed_on else []
        return _about_one(items[0], message.label(items[0]), opening)
    text = ""
    for shown in message.cuts():
        text = "\n".join([*opening, *message.lines(shown)])
        if len(text) <= limit:
            break
    return Say(text=text, choices=_choices(escalated) if not items else ())


@dataclass(frozen=True, slots=True)
class _Shown:
    """How many of each part are told one by one."""

    own: int
    others: int


class _Message:
    def __init__(self, items: Sequence[Item], today: date, escalated: Escalated, *, names_agency: bool) -> None:
        self._items = sorted(items, key=lambda item: (item.deadline, item.code))
        self._today, self._escalated = today, escalated
        self._agencies = list(dict.fromkeys(item.agency for item in items))
        self._names_agency = names_agency or len(self._agencies) > 1 or not escalated.has_own_only

    def label(self, item: Item) -> str:
        return label(item, with_agency=self._names_agency)

    def salutation(self, person: str | None) -> str:
        whom = ", ".join(self._agencies) or self._escalated.office
        return f"Kính gửi đồng chí {person} – {whom}." if person else f"Kính gửi {whom}."

    def cuts(self) -> Iterator[_Shown]:
        """From everything down to the most urgent of each."""
        others = max(len(self._escalated.silent), len(self._escalated.to_call), len(self._escalated.to_leaders))
        shown = _Shown(min(REMINDED, len(self._items)), others)
        yield shown
        while shown.own > 1 or shown.others > 1:
            shorter = shown.others > shown.own
            shown = _Shown(shown.own - (not shorter), shown.others - shorter)
            yield shown

    def lines(self, shown: _Shown) -> Iterator[str]:
        if self._items:
            yield f"Đơn vị có {two(len(self._items))} nhiệm vụ cần thực hiện:"
            yield from self._own(self._items[: shown.own])
            if len(self._items) > shown.own:
                yield f"và {two(len(self._items) - shown.own)} nhiệm vụ khác: soạn viec."
            yield how_to_answer(self.label(self._items[0]))
        yield from self._silent(shown.others)
        yield from self._to_call(shown.others)
        yield from self._to_leaders(shown.others)

    def _own(self, items: Sequence[Item]) -> Iterator[str]:
        passed_on = self._escalated.passed_on
        for heading, group in _by_urgency(items, self._today):
            yield heading
            for item in group:
                note = "; chuyển đồng chí do chưa có phản hồi" if item.obligation_id in passed_on else ""
                yield _reminded(item, self.label(item)) + note

    def _silent(self, shown: int) -> Iterator[str]:
        silent = self._escalated.silent
        if not silent:
            return
        new = "phản hồi mới" if any(item.standing.last for item in silent) else "phản hồi"
        yield f"Quá hạn, chưa có {new} của đơn vị ({two(len(silent))}):"
        for item in silent[:shown]:
            yield f"- {label(item, with_agency=True)} {title(item)}, {item.agency} ({left(item)}): {state(item)}"
        yield from _more(len(silent) - shown, "ai chưa gửi")
        yield f"Dự thảo công văn đôn đốc: soạn công văn {silent[0].short}."

    def _to_call(self, shown: int) -> Iterator[str]:
        calls = self._escalated.to_call
        if not calls:
            return
        yield f"Chưa gửi được tin, đề nghị liên hệ qua điện thoại ({two(len(calls))} đơn vị):"
        for contacts, items in calls[:shown]:
            yield f"- {items[0].agency}: {_people(contacts)}. {_named(items)}"
        yield from _more(len(calls) - shown, "ai chưa gửi")
        item = calls[0][1][0]
        yield f"Sau khi trao đổi, đề nghị ghi nhận: ghi hộ {item.short} {item.code} <nội dung>."

    def _to_leaders(self, shown: int) -> Iterator[str]:
        asked = self._escalated.to_leaders
        if not asked:
            return
        yield f"Đề nghị cho ý kiến về việc gửi tin tới lãnh đạo đơn vị ({two(len(asked))}):"
        for item in asked[:shown]:
            name = label(item, with_agency=True)
            yield (
                f"- {name} {title(item)}, {item.agency} ({left(item)}): "
                f"soạn gửi lãnh đạo {name} hoặc không gửi lãnh đạo {name}"
            )
        yield from _more(len(asked) - shown, "ai chưa gửi")


def _choices(escalated: Escalated) -> tuple[Choice, ...]:
    """The head's one tap, where nothing else is in the message."""
    if len(escalated.to_leaders) != 1 or escalated.silent or escalated.to_call:
        return ()
    name = label(escalated.to_leaders[0], with_agency=True)
    return (
        Choice(key="1", label="Gửi tới lãnh đạo đơn vị", says=f"gửi lãnh đạo {name}"),
        Choice(key="2", label="Không gửi", says=f"không gửi lãnh đạo {name}"),
    )


def _more(count: int, how: str) -> Iterator[str]:
    if count > 0:
        yield f"và {two(count)} mục khác: soạn {how}."


def _people(contacts: Sequence[Contact]) -> str:
    if not contacts:
        return "chưa có cán bộ đầu mối trong danh sách"
    return "; ".join(
        ", ".join(part for part in (f"đồng chí {one.name}", one.title, one.phone or "chưa có số điện thoại") if part)
        for one in contacts
    )


def _named(items: Sequence[Item]) -> str:
    return enumerated([f"{item.code} {title(item)} ({left(item)})" for item in items])


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
    if item.ask.target is not None:
        return f"soạn {name} xong hoặc {name} <số>/{number(item.ask.target)}"
    return f"soạn {name} xong hoặc {name} 70%"
