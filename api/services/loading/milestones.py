"""The milestones that a bloc file lists: its own ones, and those it takes from the default template."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import Any

from api.services.loading import samples
from api.services.loading.dates import Draft, MilestoneLine, Span, dated
from api.services.loading.marked import START, Items, Report, Scalar, compose
from api.services.loading.sections import Section
from models.rules.calendar import Calendar

MILESTONE_LIMIT = 400
OBLIGATION_LIMIT = 50_000
"""Six times the largest cluster known, each of its agencies owing fifty milestones."""
AFTER_LIMIT = 366
"""Days or working days that a milestone may lie from the one it follows."""

_DATED_BY = ("due", "after", "recurs", "signing", "behind_signing")
KEYS = (
    "use", "key", "title", *_DATED_BY, "due_time", "owed_by", "evidence", "target", "unit", "content", "aliases",
    "report", "important", "outside", "confirmed", "drop",
)  # fmt: skip
_STEP = r"(?P<sign>[+-])\s*(?P<n>\d{1,4})\s*(?P<what>ngày làm việc|ngày|working days|days)"
_AFTER = re.compile(rf"(?P<key>\S+?)(?:\s*{_STEP})?")
_KEY = re.compile(r"[^\W_][\w.-]{0,39}")
OWED_BY = ("all", "head", "deputy")
EVIDENCE = ("none", "any", "file")
RECURS = ("month", "quarter", "half-year")


def read(
    top: Section, span: Span | None, calendar: Calendar, shorts: Sequence[str], contents: Sequence[str]
) -> tuple[MilestoneLine, ...]:
    """The milestones under `milestones`; what is wrong is reported. Without a span they cannot be dated."""
    before = len(top.report.problems)
    drafts = _drafts(top)
    if "milestones" not in top or (not drafts and len(top.report.problems) == before):
        top.wrong("milestones", "chưa có mốc nào: đề nghị ghi “milestones: default” hoặc danh sách mốc")
    _refuse_doubled_keys(drafts, top.report)
    _check_owing(drafts, shorts, top.report)
    drafts = _with_contents(drafts, contents, top.report)
    lines = dated(drafts, span, calendar, top.report) if span else ()
    _refuse_doubled_occasions(lines, top)
    if len(lines) * len(shorts) > OBLIGATION_LIMIT:
        top.wrong("milestones", f"{len(lines)} mốc của {len(shorts)} đơn vị: quá {OBLIGATION_LIMIT} nhiệm vụ")
    return lines


# --- what is written ----------------------------------------------------------------------------------------------


def _drafts(top: Section) -> list[Draft]:
    node = top.node("milestones")
    match node:
        case None:
            return []
        case Scalar(text="default"):
            return list(template().values())
        case Items() if len(node.values) <= MILESTONE_LIMIT:
            return _listed(node, top)
        case Items():
            top.wrong("milestones", f"có {len(node.values)} mốc, quá {MILESTONE_LIMIT}")
        case _:
            top.wrong("milestones", "“milestones” là chữ default, hoặc danh sách mỗi dòng bắt đầu bằng dấu “-”")
    return []


def _listed(node: Items, top: Section) -> list[Draft]:
    """A line `default` stands for the whole template; a later `use` changes its milestone where it stands."""
    drafts: list[Draft | None] = []
    taken: dict[str, int] = {}
    changed: set[str] = set()
    for item in node.values:
        if isinstance(item, Scalar) and item.text == "default":
            for key, default in template().items():
                if key not in taken:
                    taken[key] = len(drafts)
                    drafts.append(replace(default, place=item.place))
            continue
        section = Section(item, KEYS, top.report, "mốc", item.place)
        used = section.text("use", limit=40) if "use" in section else None
        draft = _draft(section, used)
        if used in changed:
            section.wrong("use", f"mốc “{used}” của mẫu dùng hai lần")
        elif used in taken:
            drafts[taken[used]] = draft
        else:
            taken |= {used: len(drafts)} if used else {}
            drafts.append(draft)
        changed |= {used} if used else set()
    return [draft for draft in drafts if draft is not None]


def _draft(section: Section, used: str | None) -> Draft | None:
    given = _given(section)
    places = {name: section.place_of(name) for name in given}
    if used is None:
        complete = _is_complete(section, given)
        return Draft(section.place, given, places, own_date=True) if complete else None
    base = template().get(used)
    if base is None:
        near = get_close_matches(used.upper(), list(template()), n=1, cutoff=0.3)
        section.wrong("use", f"mẫu không có mốc “{used}”" + (f"; có phải “{near[0]}”?" if near else ""))
        return None
    if section.flag("drop"):
        return None
    own_date = any(name in given for name in _DATED_BY)
    kept = {name: value for name, value in base.given.items() if not (own_date and name in _DATED_BY)}
    return Draft(section.place, {**kept, **given}, places, own_date or section.flag("confirmed"))


def _is_complete(section: Section, given: Mapping[str, Any]) -> bool:
    for name in ("key", "title"):
        if name not in section:
            section.report.wrong(section.place, f"thiếu “{name}” của mốc")
    if not any(name in section for name in ("due", "after")):
        section.report.wrong(section.place, "mốc chưa có thời hạn: đề nghị ghi “due” hoặc “after”")
        return False
    return "key" in given and "title" in given and ("due" in given or "after" in given)


def _given(section: Section) -> dict[str, Any]:
    """Every value that the item states, typed."""
    if "after" in section and ("due" in section or "recurs" in section):
        section.wrong("after", "mốc chỉ có một cách định thời hạn: “after”, hoặc “due” (kèm “recurs”)")
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
        "aliases": section.texts("aliases") if "aliases" in section else None,
        **{name: section.flag(name) for name in ("signing", "report", "important", "outside") if name in section},
        **_owed_by(section),
    }
    return {name: value for name, value in values.items() if value is not None}


def _key(section: Section) -> str | None:
    key = section.text("key", limit=40)
    if key is None or (_KEY.fullmatch(key) and key != "default"):
        return key
    section.wrong("key", f"“{key}” chưa dùng được làm tên mốc: đề nghị dùng chữ, số, gạch nối, ví dụ bc-quy-2")
    return None


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
    return found["key"], -n if found["sign"] == "-" else n, found["what"] in ("ngày làm việc", "working days")


def _owed_by(section: Section) -> dict[str, Any]:
    if "owed_by" not in section:
        return {}
    said = section.texts("owed_by")
    if not said:
        section.wrong("owed_by", "“owed_by” là all, head, deputy hoặc danh sách mã đơn vị")
    if isinstance(section.node("owed_by"), Scalar) and said and said[0].lower() in OWED_BY:
        return {"owed_by": said[0].lower(), "owing": ()}
    return {"owed_by": "some", "owing": tuple(dict.fromkeys(short.upper() for short in said))}


# --- what fits together -------------------------------------------------------------------------------------------


def _refuse_doubled_keys(drafts: Sequence[Draft], report: Report) -> None:
    seen: dict[str, Draft] = {}
    for draft in drafts:
        first = seen.setdefault(draft.key, draft)
        if first is not draft:
            report.wrong(draft.at("key"), f"hai mốc cùng tên “{draft.key}” (mốc trước ở dòng {first.place.line})")


def _refuse_doubled_occasions(lines: Sequence[MilestoneLine], top: Section) -> None:
    """A recurring milestone's occasions (`bc-2024-05`) against the keys of all others."""
    for key, times in Counter(line.key for line in lines).items():
        if times > 1:
            top.wrong("milestones", f"hai mốc cùng tên “{key}”")


def _check_owing(drafts: Sequence[Draft], shorts: Sequence[str], report: Report) -> None:
    for draft in drafts:
        for short in draft.given.get("owing", ()):
            if short not in shorts:
                report.wrong(draft.at("owed_by"), f"“owed_by”: không có đơn vị mã “{short}”{nearest(short, shorts)}")


def nearest(said: str, known: Sequence[str]) -> str:
    """`; có phải “STP”?`, or what can be chosen from."""
    near = get_close_matches(said.upper(), known, n=1, cutoff=0.5)
    return f"; có phải “{near[0]}”?" if near else f"; có: {', '.join(known)}" if known else ""


def _with_contents(drafts: Sequence[Draft], contents: Sequence[str], report: Report) -> list[Draft]:
    """The same drafts, a content group named by its number or its words turned into its position."""
    placed = []
    for draft in drafts:
        said = draft.given.get("content")
        position = None if said is None else _position(str(said), contents)
        if position == 0:
            report.wrong(
                draft.at("content"),
                f"“content”: không có nội dung “{said}” trong {len(contents)} nội dung của giao ước",
            )
        placed.append(draft if position is None else replace(draft, given={**draft.given, "content": position}))
    return placed


def _position(said: str, contents: Sequence[str]) -> int:
    """From 1; 0 when there is none such."""
    if said in contents:
        return contents.index(said) + 1
    return int(said) if re.fullmatch(r"\d{1,3}", said) and int(said) <= len(contents) else 0


# --- the template -------------------------------------------------------------------------------------------------


@cache
def template() -> Mapping[str, Draft]:
    """The default milestones by key, from the data file that ships (`mau-moc.yaml`)."""
    report = Report(samples.TEMPLATE)
    top = Section(compose(samples.text(samples.TEMPLATE), report), ("milestones",), report, "tệp mẫu", START)
    drafts = [_draft(section, None) for section in top.sections("milestones", KEYS, "mốc")]
    report.refuse_if_wrong()
    return {draft.key: replace(draft, places={}, own_date=False) for draft in drafts if draft is not None}
