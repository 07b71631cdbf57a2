"""The milestones of a bloc file: its own ones, those it takes from the default template, and the date of each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from difflib import get_close_matches
from functools import cache
from typing import Any, cast

from api.services import samples
from api.services.marked import START, Items, Place, Report, Scalar, compose
from api.services.sections import Section
from models.rules import deadlines
from models.rules.calendar import Calendar
from models.rules.deadlines import Recurrence

MILESTONE_LIMIT = 400
AFTER_LIMIT = 366
"""Days or working days that a milestone may lie from the one it follows."""

_DATED_BY = ("due", "after", "recurs", "signing", "behind_signing")
_MILESTONE = (
    "use", "key", "title", *_DATED_BY, "due_time", "owed_by", "evidence", "target", "unit", "content", "aliases",
    "report", "outside", "confirmed", "drop",
)  # fmt: skip
_AFTER = re.compile(r"(?P<key>\S+?)(?:\s*(?P<sign>[+-])\s*(?P<n>\d{1,4})\s*(?P<what>ngày làm việc|ngày|working days|days))?")
_KEY = re.compile(r"[^\W_][\w.-]{0,39}")
OWED_BY = ("all", "head", "deputy")
EVIDENCE = ("none", "any", "file")
RECURS = ("month", "quarter", "half-year")


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
    outside: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the file says of one milestone, before its date is known."""

    place: Place
    given: Mapping[str, Any]
    """Typed values by the file's names; what is not given is not there."""
    own_date: bool
    """The file itself dates it, or confirms the default."""

    @property
    def key(self) -> str:
        return cast(str, self.given["key"])


def read(
    top: Section, span: Span | None, calendar: Calendar, shorts: Sequence[str], contents: Sequence[str]
) -> tuple[MilestoneLine, ...]:
    """The milestones under `milestones`; what is wrong is reported. Dates need a span: without one there is none."""
    drafts = _drafts(top)
    if "milestones" not in top or (not drafts and not top.report.problems):
        top.wrong("milestones", "chưa có mốc nào: đề nghị ghi “milestones: default” hoặc danh sách mốc")
    _refuse_doubled_keys(drafts, top.report)
    _check_owing(drafts, shorts, top.report)
    drafts = _with_contents(drafts, contents, top.report)
    if span is None or top.report.problems:
        _check_order(drafts, top.report)
        return ()
    return _Dating(drafts, span, calendar, top.report).lines()


# --- what is written ----------------------------------------------------------------------------------------------


def _drafts(top: Section) -> list[_Draft]:
    node = top.node("milestones")
    if node is None:
        return []
    if isinstance(node, Scalar):
        if node.text == "default":
            return list(template().values())
        top.wrong("milestones", f"“milestones” là danh sách hoặc chữ default, tệp ghi “{node.text}”")
        return []
    if isinstance(node, Items) and len(node.values) > MILESTONE_LIMIT:
        top.wrong("milestones", f"có {len(node.values)} mốc, quá {MILESTONE_LIMIT}")
        return []
    return _listed(node, top) if isinstance(node, Items) else _not_a_list(top)


def _not_a_list(top: Section) -> list[_Draft]:
    top.wrong("milestones", "“milestones” phải là danh sách, mỗi dòng bắt đầu bằng dấu “-”")
    return []


def _listed(node: Items, top: Section) -> list[_Draft]:
    """A line `default` stands for the whole template; a later `use` changes its milestone where it stands."""
    drafts: list[_Draft | None] = []
    taken: dict[str, int] = {}
    for item in node.values:
        if isinstance(item, Scalar) and item.text == "default":
            for key, draft in template().items():
                if key not in taken:
                    taken[key] = len(drafts)
                    drafts.append(replace(draft, place=item.place))
            continue
        section = Section(item, _MILESTONE, top.report, "mốc", item.place)
        used = section.text("use", limit=40)
        draft = _draft(section, used)
        if used is not None and used in taken and drafts[taken[used]] is not None:
            drafts[taken[used]] = draft
        else:
            if used is not None:
                taken[used] = len(drafts)
            drafts.append(draft)
    return [draft for draft in drafts if draft is not None]


def _draft(section: Section, used: str | None) -> _Draft | None:
    given = _given(section)
    if used is None:
        return _own(section, given)
    base = template().get(used)
    if base is None:
        hint = get_close_matches(used.upper(), list(template()), n=1, cutoff=0.3)
        section.wrong("use", f"mẫu không có mốc “{used}”" + (f"; có phải “{hint[0]}”?" if hint else ""))
        return None
    if section.flag("drop"):
        return None
    own_date = any(key in given for key in _DATED_BY)
    kept = {key: value for key, value in base.given.items() if not (own_date and key in _DATED_BY)}
    return _Draft(section.place, {**kept, **given}, own_date or section.flag("confirmed"))


def _own(section: Section, given: dict[str, Any]) -> _Draft | None:
    for key in ("key", "title"):
        if key not in section:
            section.report.wrong(section.place, f"thiếu “{key}” của mốc")
    if not any(key in section for key in ("due", "after")):
        section.report.wrong(section.place, "mốc chưa có thời hạn: đề nghị ghi “due” hoặc “after”")
    return _Draft(section.place, given, True) if "key" in given and "title" in given else None


def _given(section: Section) -> dict[str, Any]:
    """Every value that the item states, typed."""
    values = {
        "key": _key(section),
        "title": section.text("title", limit=200),
        "due": section.text("due", limit=80),
        "after": _after(section),
        "recurs": section.choice("recurs", RECURS),
        "behind_signing": section.whole("behind_signing", 0, 60),
        "due_time": section.hour("due_time"),
        "evidence": section.choice("evidence", EVIDENCE),
        "target": section.figure("target"),
        "unit": section.text("unit", limit=40),
        "content": section.text("content"),
        **{flag: section.flag(flag) for flag in ("signing", "report", "outside") if flag in section},
    }
    if "after" in section and ("due" in section or "recurs" in section):
        section.wrong("after", "mốc chỉ có một cách định thời hạn: “after”, hoặc “due” (kèm “recurs”)")
    if "aliases" in section:
        values["aliases"] = section.texts("aliases")
    return {key: value for key, value in {**values, **_owed_by(section)}.items() if value is not None}


def _key(section: Section) -> str | None:
    key = section.text("key", limit=40)
    if key is not None and (not _KEY.fullmatch(key) or key == "default"):
        section.wrong("key", f"“{key}” chưa dùng được làm tên mốc: đề nghị dùng chữ, số, dấu gạch nối, ví dụ bc-quy-2")
        return None
    return key


def _after(section: Section) -> tuple[str, int, bool] | None:
    """(key of the milestone it follows, how many, whether they are working days)."""
    text = section.text("after", limit=100)
    if text is None:
        return None
    found = _AFTER.fullmatch(text)
    n = int(found["n"] or 0) if found else 0
    if found is None or n > AFTER_LIMIT:
        section.wrong("after", f"“{text}” chưa đọc được: đề nghị ghi như M03 + 15 ngày làm việc")
        return None
    return found["key"], -n if found["sign"] == "-" else n, (found["what"] or "") in ("ngày làm việc", "working days")


def _owed_by(section: Section) -> dict[str, Any]:
    if "owed_by" not in section:
        return {}
    said = section.texts("owed_by")
    if not isinstance(section.node("owed_by"), Items) and said and said[0].lower() in OWED_BY:
        return {"owed_by": said[0].lower(), "owing": ()}
    if not said:
        section.wrong("owed_by", "“owed_by” là all, head, deputy hoặc danh sách mã đơn vị")
    return {"owed_by": "some", "owing": tuple(short.upper() for short in said), "owed_by_at": section.place_of("owed_by")}


# --- what fits together -------------------------------------------------------------------------------------------


def _refuse_doubled_keys(drafts: Sequence[_Draft], report: Report) -> None:
    seen: dict[str, _Draft] = {}
    for draft in drafts:
        first = seen.setdefault(draft.key, draft)
        if first is not draft:
            report.wrong(draft.place, f"hai mốc cùng tên “{draft.key}” (mốc trước ở dòng {first.place.line})")


def _check_owing(drafts: Sequence[_Draft], shorts: Sequence[str], report: Report) -> None:
    for draft in drafts:
        for short in draft.given.get("owing", ()):
            if short not in shorts:
                near = get_close_matches(short, shorts, n=1, cutoff=0.5)
                hint = f"; có phải “{near[0]}”?" if near else f"; có: {', '.join(shorts)}" if shorts else ""
                report.wrong(draft.given["owed_by_at"], f"“owed_by”: không có đơn vị mã “{short}”{hint}")


def _with_contents(drafts: Sequence[_Draft], contents: Sequence[str], report: Report) -> list[_Draft]:
    """The same drafts, a content group named by its number or its words turned into its position."""
    placed = []
    for draft in drafts:
        said = draft.given.get("content")
        if said is None:
            placed.append(draft)
            continue
        position = contents.index(said) + 1 if said in contents else int(said) if re.fullmatch(r"\d{1,3}", said) else 0
        if not 1 <= position <= len(contents):
            report.wrong(draft.place, f"“content”: không có nội dung “{said}” trong {len(contents)} nội dung của giao ước")
        placed.append(replace(draft, given={**draft.given, "content": position}))
    return placed


def _check_order(drafts: Sequence[_Draft], report: Report) -> None:
    """Milestones that follow each other in a circle, or follow one that is not there."""
    by_key = {draft.key: draft for draft in drafts}
    reported: set[str] = set()
    for draft in drafts:
        chain = [draft.key]
        while (step := by_key[chain[-1]].given.get("after")) and step[0] in by_key and step[0] not in chain:
            chain.append(step[0])
        if step and step[0] not in by_key:
            if by_key[chain[-1]] is draft:
                near = get_close_matches(step[0], list(by_key), n=1, cutoff=0.3)
                hint = f"; có phải “{near[0]}”?" if near else ""
                report.wrong(draft.place, f"“after”: không có mốc “{step[0]}”{hint}")
        elif step and step[0] == draft.key and draft.key not in reported:
            reported.update(chain)
            report.wrong(draft.place, f"các mốc phụ thuộc vòng tròn: {' → '.join([*chain, draft.key])}")


# --- dates --------------------------------------------------------------------------------------------------------


class _Dating:
    """Finds the date of every draft; those that follow another one after it."""

    def __init__(self, drafts: Sequence[_Draft], span: Span, calendar: Calendar, report: Report) -> None:
        self.drafts, self.span, self.calendar, self.report = drafts, span, calendar, report
        self.by_key = {draft.key: draft for draft in drafts}
        self.known: dict[str, date | None] = {}

    def lines(self) -> tuple[MilestoneLine, ...]:
        before = len(self.report.problems)
        _check_order(self.drafts, self.report)
        if len(self.report.problems) > before:
            return ()
        return tuple(line for draft in self.drafts for line in self._lines(draft))

    def _lines(self, draft: _Draft) -> list[MilestoneLine]:
        if "recurs" in draft.given:
            return self._occasions(draft)
        due = self._due(draft)
        return [_line(draft, due, self.span)] if due else []

    def _due(self, draft: _Draft) -> deadlines.Due | None:
        if "after" in draft.given:
            on = self._following(draft)
            return deadlines.Due(on) if on else None
        if draft.given.get("signing") and self.span.signed_on:
            return deadlines.Due(self.span.signed_on)
        due = self._written(draft)
        working = draft.given.get("behind_signing")
        if due and working is not None and self.span.signed_on:
            return deadlines.Due(deadlines.behind_signing(due.on, self.span.signed_on, self.calendar, working))
        return due

    def _following(self, draft: _Draft) -> date | None:
        """The whole chain is dated without recursion: a file may hold a chain of hundreds."""
        chain = [draft]
        while "after" in chain[-1].given and chain[-1].key not in self.known:
            chain.append(self.by_key[chain[-1].given["after"][0]])
        for each in reversed(chain):
            if each.key not in self.known:
                self.known[each.key] = self._one(each)
        return self.known[draft.key]

    def _one(self, draft: _Draft) -> date | None:
        if "after" not in draft.given:
            due = None if "recurs" in draft.given else self._due(draft)
            if "recurs" in draft.given:
                self.report.wrong(draft.place, f"mốc định kỳ “{draft.key}” không làm gốc cho “after” được")
            return due.on if due else None
        base_key, n, working = draft.given["after"]
        base = self.known[base_key]
        if base is None:
            return None
        on = deadlines.shift(base, self.calendar, **({"working": n} if working else {"days": n}))
        return self._near(draft, on)

    def _written(self, draft: _Draft) -> deadlines.Due | None:
        text: str = draft.given["due"]
        try:
            read = [deadlines.read(text, year) for year in self.span.years()]
        except (deadlines.DueTextError, OverflowError):
            self.report.wrong(draft.place, _why_unreadable(text))
            return None
        inside = [due for due in read if self.span.starts_on <= due.on <= self.span.ends_on]
        due = (inside or read)[0]
        return due if self._near(draft, due.on) else None

    def _occasions(self, draft: _Draft) -> list[MilestoneLine]:
        rule, recurs = draft.given.get("due", ""), cast(Recurrence, draft.given["recurs"])
        try:
            found = deadlines.occasions(rule, recurs, self.span.starts_on, self.span.ends_on)
        except deadlines.DueTextError:
            self.report.wrong(draft.place, _why_no_rule(rule))
            return []
        if not found:
            self.report.wrong(draft.place, f"“{rule}” không rơi vào ngày nào của năm thi đua")
        return [_occasion(draft, each, recurs, self.span) for each in found]

    def _near(self, draft: _Draft, on: date) -> date | None:
        if self.span.is_near(on):
            return on
        self.report.wrong(draft.place, f"mốc “{draft.key}”: ngày {on:%d/%m/%Y} cách năm thi đua {self.span.season} quá xa")
        return None


def _line(draft: _Draft, due: deadlines.Due, span: Span) -> MilestoneLine:
    given = draft.given
    fields = ("key", "title", "due_time", "owed_by", "owing", "evidence", "target", "unit", "content", "aliases", "outside")
    signed = bool(given.get("signing")) and span.signed_on is not None
    return MilestoneLine(
        due_on=due.on,
        due_text=due.text,
        is_default=not (draft.own_date or signed),
        is_report=bool(given.get("report")),
        recurs=given.get("recurs"),
        **{field: given[field] for field in fields if field in given},
    )


def _occasion(draft: _Draft, occasion: deadlines.Occasion, recurs: Recurrence, span: Span) -> MilestoneLine:
    line = _line(draft, occasion.due, span)
    title = f"{line.title} {_said(occasion.period)}"
    return replace(line, key=f"{line.key}-{occasion.period}", title=title, period=occasion.period)


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
        return f"ngày {int(iso[3])}/{int(iso[2])} không có trong lịch năm {iso[1]}"
    if spoken:
        return f"ngày {int(spoken[1])}/{int(spoken[2])} không có trong lịch"
    return f"“{text}” không phải thời hạn: đề nghị ghi như 15/6, 15/6/2024 hoặc trước ngày 15/6"


def _why_no_rule(rule: str) -> str:
    if re.search(r"\b(29|30|31)\b", rule):
        return f"“{rule}”: có tháng không có ngày này; đề nghị ghi “cuối tháng”"
    return f"“{rule}” không phải ngày định kỳ: đề nghị ghi như “ngày 15” hoặc “trước ngày 15 tháng cuối quý”"


# --- the template -------------------------------------------------------------------------------------------------


@cache
def template() -> Mapping[str, _Draft]:
    """The default milestones by key, from the data file that ships (`mau-moc.yaml`)."""
    report = Report(samples.TEMPLATE)
    node = compose(samples.text(samples.TEMPLATE), report)
    top = Section(node, ("milestones",), report, "tệp mẫu", START)
    drafts = [_draft(section, None) for section in top.sections("milestones", _MILESTONE, "mốc")]
    report.refuse_if_wrong()
    return {draft.key: replace(draft, own_date=False) for draft in drafts if draft is not None}
