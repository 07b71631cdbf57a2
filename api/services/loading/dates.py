"""The date of every milestone of a bloc file: written, signed, recurring, or so many days after another one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from difflib import get_close_matches
from typing import Any, cast

from api.services.loading.marked import Place, Report
from models.rules import deadlines
from models.rules.calendar import Calendar
from models.rules.deadlines import Recurrence


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a covenant covers."""

    season: int
    starts_on: date
    ends_on: date
    signed_on: date | None

    def is_near(self, day: date) -> bool:
        """Signed and due dates may lie outside of the year, not in another age: a slip of the year is caught."""
        return self.starts_on - timedelta(days=200) <= day <= self.ends_on + timedelta(days=366)

    def years(self) -> tuple[int, ...]:
        """The years a date without one may mean, the likeliest first."""
        return (self.season, *(y for y in range(self.starts_on.year, self.ends_on.year + 1) if y != self.season))


@dataclass(frozen=True, slots=True)
class Draft:
    """What the file says of one milestone, before its date is known."""

    place: Place
    given: Mapping[str, Any]
    """Typed values by the file's names; what is not given is not there."""
    places: Mapping[str, Place]
    own_date: bool
    """The file itself dates it, or confirms the default."""

    @property
    def key(self) -> str:
        return cast(str, self.given["key"])

    @property
    def follows(self) -> str | None:
        """The key of the milestone that it is dated by."""
        return self.given["after"][0] if "after" in self.given else None

    def at(self, name: str) -> Place:
        """Where the value stands; the milestone itself when it comes from the template."""
        return self.places.get(name, self.place)


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    """A milestone with its date, as the covenant's own key names it."""

    key: str
    title: str
    due_on: date
    due_text: str | None = None
    """`trước ngày 15/6`, when the words say more than the date they were read as."""
    due_time: time | None = None
    owed_by: str = "all"
    owing: tuple[str, ...] = ()
    """With owed_by `some`: short codes of agencies."""
    evidence: str = "any"
    target: float | None = None
    unit: str | None = None
    recurs: str | None = None
    period: str | None = None
    content: int | None = None
    """Position of a content group, from 1."""
    aliases: tuple[str, ...] = ()
    is_default: bool = False
    is_report: bool = False
    important: bool = False
    outside: bool = False


def dated(drafts: Sequence[Draft], span: Span, calendar: Calendar, report: Report) -> tuple[MilestoneLine, ...]:
    """Every draft with its date, recurring ones once an occasion; what cannot be dated is reported and left out."""
    hanging = _hanging(drafts, report)
    dating = _Dating([draft for draft in drafts if draft.key not in hanging], span, calendar, report)
    return tuple(line for draft in dating.drafts for line in dating.lines(draft))


def _hanging(drafts: Sequence[Draft], report: Report) -> set[str]:
    """Milestones that follow each other in a circle, or follow one that is not there, and all that follow these."""
    by_key = {draft.key: draft for draft in drafts}
    hanging: set[str] = set()
    for draft in drafts:
        chain = [draft.key]
        while (step := by_key[chain[-1]].follows) and step in by_key and step not in chain and step not in hanging:
            chain.append(step)
        if step is None:
            continue
        if step not in by_key and chain == [draft.key]:
            near = get_close_matches(step, list(by_key), n=1, cutoff=0.3)
            hint = f"; có phải “{near[0]}”?" if near else ""
            report.wrong(draft.at("after"), f"không có mốc “{step}”{hint}")
        elif step in chain:
            circle = chain[chain.index(step) :]
            report.wrong(by_key[step].at("after"), f"các mốc phụ thuộc vòng tròn: {' → '.join([*circle, step])}")
        hanging.update(chain)
    return hanging


class _Dating:
    """Finds the date of every draft; those that follow another one after it."""

    def __init__(self, drafts: Sequence[Draft], span: Span, calendar: Calendar, report: Report) -> None:
        self.drafts, self.span, self.calendar, self.report = drafts, span, calendar, report
        self.by_key = {draft.key: draft for draft in drafts}
        self.known: dict[str, date | None] = {}

    def lines(self, draft: Draft) -> list[MilestoneLine]:
        if "recurs" in draft.given:
            return self._occasions(draft)
        due = self._due(draft)
        return [_line(draft, due, self.span)] if due else []

    def _due(self, draft: Draft) -> deadlines.Due | None:
        if draft.follows is not None:
            on = self._following(draft)
            return deadlines.Due(on) if on else None
        if draft.given.get("signing") and self.span.signed_on:
            return deadlines.Due(self.span.signed_on)
        due = self._written(draft)
        working = draft.given.get("behind_signing")
        if due and working is not None and self.span.signed_on:
            return deadlines.Due(deadlines.behind_signing(due.on, self.span.signed_on, self.calendar, working))
        return due

    def _following(self, draft: Draft) -> date | None:
        """The whole chain is dated without recursion: a file may hold a chain of hundreds."""
        chain = [draft]
        while (base := chain[-1].follows) is not None and chain[-1].key not in self.known:
            chain.append(self.by_key[base])
        for each in reversed(chain):
            if each.key not in self.known:
                self.known[each.key] = self._link(each)
        return self.known[draft.key]

    def _link(self, draft: Draft) -> date | None:
        """One link of a chain, its base being known; a link without a base is the chain's own anchor."""
        if draft.follows is None:
            due = None if "recurs" in draft.given else self._due(draft)
            return due.on if due else None
        base_key, n, working = draft.given["after"]
        base = self.known[base_key]
        if base is None:
            if "recurs" in self.by_key[base_key].given:
                self.report.wrong(draft.at("after"), f"mốc định kỳ “{base_key}” không làm gốc cho mốc khác được")
            return None
        on = deadlines.shift(base, self.calendar, **({"working": n} if working else {"days": n}))
        return self._near(draft, "after", on)

    def _written(self, draft: Draft) -> deadlines.Due | None:
        text: str = draft.given.get("due", "")
        try:
            read = [deadlines.read(text, year) for year in self.span.years()]
        except (deadlines.DueTextError, OverflowError):
            self.report.wrong(draft.at("due"), _why_unreadable(text))
            return None
        inside = [due for due in read if self.span.starts_on <= due.on <= self.span.ends_on]
        due = (inside or read)[0]
        return due if self._near(draft, "due", due.on) else None

    def _occasions(self, draft: Draft) -> list[MilestoneLine]:
        rule, recurs = draft.given.get("due", ""), cast(Recurrence, draft.given["recurs"])
        try:
            found = deadlines.occasions(rule, recurs, self.span.starts_on, self.span.ends_on)
        except deadlines.DueTextError:
            self.report.wrong(draft.at("due"), _why_no_rule(rule))
            return []
        if not found:
            self.report.wrong(draft.at("due"), f"“{rule}” không rơi vào ngày nào của năm thi đua")
        return [_occasion(draft, each, self.span) for each in found]

    def _near(self, draft: Draft, written: str, on: date) -> date | None:
        if self.span.is_near(on):
            return on
        self.report.wrong(draft.at(written), f"ngày {on:%d/%m/%Y} cách năm thi đua {self.span.season} quá xa")
        return None


_PLAIN = (
    "key", "title", "due_time", "owed_by", "owing", "evidence", "target", "unit", "content", "aliases", "outside",
    "recurs", "important",
)  # fmt: skip


def _line(draft: Draft, due: deadlines.Due, span: Span) -> MilestoneLine:
    signed = bool(draft.given.get("signing")) and span.signed_on is not None
    return MilestoneLine(
        due_on=due.on,
        due_text=due.text,
        is_default=not (draft.own_date or signed),
        is_report=bool(draft.given.get("report")),
        **{name: draft.given[name] for name in _PLAIN if name in draft.given},
    )


def _occasion(draft: Draft, occasion: deadlines.Occasion, span: Span) -> MilestoneLine:
    line, period = _line(draft, occasion.due, span), occasion.period
    title = f"{_EVERY.sub('', line.title)} {_said(period)}"
    return replace(line, key=f"{line.key}-{period}", title=title, period=period)


_EVERY = re.compile(r"\s+(?:(?:hằng|hàng|mỗi)\s+)?(?:tháng|quý|6 tháng|nửa năm)$", re.IGNORECASE)
"""What the title says of the rhythm gives way to the period: `Báo cáo quý` becomes `Báo cáo quý II`."""


def _said(period: str) -> str:
    """`tháng 5`, `quý II`, `6 tháng cuối năm`."""
    part = period.split("-")[1]
    if part.startswith("Q"):
        return f"quý {('I', 'II', 'III', 'IV')[int(part[1]) - 1]}"
    if part.startswith("H"):
        return f"6 tháng {'đầu' if part == 'H1' else 'cuối'} năm"
    return f"tháng {int(part)}"


def _why_unreadable(text: str) -> str:
    iso = re.search(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    spoken = re.search(r"(\d{1,2})(?:\s*[/.-]\s*|\s+tháng\s+)(\d{1,2})", text)
    if iso:
        return f"ngày {int(iso[3])}/{int(iso[2])} không có trong lịch"
    if spoken:
        return f"ngày {int(spoken[1])}/{int(spoken[2])} không có trong lịch"
    return f"“{text}” không phải thời hạn: đề nghị ghi như 15/6, 15/6/2024 hoặc trước ngày 15/6"


def _why_no_rule(rule: str) -> str:
    if re.search(r"\b(29|30|31)\b", rule):
        return f"“{rule}”: có tháng không có ngày này; đề nghị ghi “cuối tháng”"
    return f"“{rule}” không phải ngày định kỳ: đề nghị ghi như “ngày 15” hoặc “trước ngày 15 tháng cuối quý”"
