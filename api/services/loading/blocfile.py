"""The bloc file: what a head or an administrator writes about one bloc and one season, read whole or refused whole.

The format is told in `docs/bloc-file.md`. Reading needs no database and no clock; every problem of the file is found
in one run and named with its line and column.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from api.services.loading import digest
from api.services.loading import milestones as milestone_lines
from api.services.loading.dates import MilestoneLine, Span
from api.services.loading.marked import START, BlocFileRefused, Place, Problem, Report, Scalar, compose, plain
from api.services.loading.milestones import nearest
from api.services.loading.samples import names as samples
from api.services.loading.samples import text as sample
from api.services.loading.sections import Section
from bot.dialogue.phrases import steering
from bot.dialogue.reading.fold import fold
from models.rules import calendar
from models.rules import extension as extensions
from models.rules import policy as policies
from models.rules.calendar import Calendar

__all__ = [
    "AgencyLine", "BlocFile", "BlocFileRefused", "MilestoneLine", "PersonLine", "Problem", "read", "sample", "samples",
]  # fmt: skip

AGENCY_LIMIT = 300
CONTENT_LIMIT = 100

KEYS = (
    "bloc", "slug", "kind", "level", "season", "starts_on", "ends_on", "signed_on", "theme", "titles", "agencies",
    "contents", "legal_basis", "documents", "movements", "facts", "settings", "milestones",
)  # fmt: skip
AGENCY_KEYS = ("name", "short", "seat", "off_channel", "valid_from", "valid_to", "successor", "movement", "people")
_PERSON = ("name", "title", "role", "phone")
SETTINGS_KEYS = ("policy", "strict", "comrade", "calendar", "digest", "extension")
_CALENDAR = ("days_off", "working_days", "weekend", "office", "sending", "quiet", "not_before", "not_after")
PERSON_ROLES = ("focal", "deputy_focal", "leader", "desk")


@dataclass(frozen=True, slots=True)
class PersonLine:
    name: str
    role: str
    title: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class AgencyLine:
    name: str
    short: str
    seat: str | None = None
    off_channel: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None
    """The short code of the agency that took over."""
    movement: str | None = None
    people: tuple[PersonLine, ...] = ()
    place: Place = field(default=START, compare=False)

    def is_valid(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class BlocFile:
    """One bloc in one season, dates resolved. Without agencies it is a template that waits for its units."""

    slug: str
    bloc: str
    kind: str
    level: str | None
    season: int
    starts_on: date
    ends_on: date
    signed_on: date | None
    theme: str | None
    settings: dict[str, Any]
    """As `bloc.settings` keeps them."""
    agencies: tuple[AgencyLine, ...]
    contents: tuple[str, ...]
    legal_basis: tuple[str, ...]
    documents: tuple[str, ...]
    movements: tuple[str, ...]
    facts: dict[str, Any]
    milestones: tuple[MilestoneLine, ...]

    @property
    def calendar(self) -> Calendar:
        return calendar.of(self.settings)


def read(content: str | bytes, name: str) -> BlocFile:
    """Read a bloc file; `name` is what problems call it. BlocFileRefused with every problem found."""
    report = Report(name)
    node = compose(content, report)
    report.refuse_if_wrong()
    file = _read(Section(node, KEYS, report, "tệp khối", START), name, report)
    report.refuse_if_wrong()
    if file is None:
        raise AssertionError(f"{name}: not readable, and no problem was reported")
    return file


def _read(top: Section, name: str, report: Report) -> BlocFile | None:
    bloc = top.text("bloc", required=True, limit=200)
    season = top.whole("season", 2000, 2100, required=True)
    slug = _slug(top, name)
    span = _span(top, season)
    settings = _settings(top)
    agencies = _agencies(top)
    contents = _contents(top)
    milestones = milestone_lines.read(
        top, span, _calendar_of(top, settings), [agency.short for agency in agencies], contents
    )
    if bloc is None or season is None or span is None:
        return None
    return BlocFile(
        slug=slug,
        bloc=bloc,
        kind=top.text("kind", limit=40) or "khối",
        level=top.text("level", limit=200),
        season=season,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        signed_on=span.signed_on,
        theme=top.text("theme"),
        settings=settings,
        agencies=agencies,
        contents=contents,
        legal_basis=top.texts("legal_basis"),
        documents=top.texts("documents"),
        movements=top.texts("movements"),
        facts=_facts(top, agencies),
        milestones=milestones,
    )


def _slug(top: Section, name: str) -> str:
    """The bloc's name in commands; without one, the file's name without its year."""
    slug = top.text("slug", limit=60)
    if slug is None:
        stem = re.sub(r"\.ya?ml$", "", re.split(r"[/\\]", name)[-1])
        slug = re.sub(r"[-_ ]?(19|20)\d\d$", "", stem)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        hint = "-".join(re.findall(r"[a-z0-9]+", fold(slug))) or "noi-chinh-bac-kan"
        top.wrong("slug", f"“slug” chỉ gồm chữ thường không dấu, số và dấu gạch nối, ví dụ: {hint}")
    return slug


def _span(top: Section, season: int | None) -> Span | None:
    starts_on, ends_on, signed_on = top.day("starts_on"), top.day("ends_on"), top.day("signed_on")
    if season is None:
        return None
    starts_on, ends_on = starts_on or date(season, 1, 1), ends_on or date(season, 12, 31)
    if not starts_on < ends_on:
        top.wrong("ends_on", "“ends_on” phải sau “starts_on”")
        return None
    if (ends_on - starts_on).days > 731 or not starts_on.year <= season <= ends_on.year:
        top.wrong("starts_on", f"thời gian thi đua phải chứa năm {season} và không dài quá hai năm")
        return None
    span = Span(season, starts_on, ends_on, signed_on)
    if signed_on is not None and not span.is_near(signed_on):
        top.wrong("signed_on", f"ngày ký {signed_on:%d/%m/%Y} cách năm thi đua {season} quá xa")
        return None
    return span


# --- settings -----------------------------------------------------------------------------------------------------


def _settings(top: Section) -> dict[str, Any]:
    """Only what the file says: what it leaves out follows the program's defaults."""
    titles = top.section("titles", ("head", "deputy"), "“titles”")
    part = top.section("settings", SETTINGS_KEYS, "“settings”")
    asked = {
        "titles": {key: said for key in ("head", "deputy") if (said := titles.text(key, limit=60))},
        "policy": _policy(part),
        "strict": part.flag("strict") if "strict" in part else None,
        "comrade": part.flag("comrade") if "comrade" in part else None,
        "calendar": _calendar(part),
        "digest": _digest(part),
        "extension": _extension(part),
    }
    return {key: value for key, value in asked.items() if value is not None and value != {}}


def _policy(part: Section) -> Any:
    """How firmly to remind: a level's name, or a mapping with `level` and what differs from it."""
    node = part.node("policy")
    if node is None:
        return None
    said = plain(node)
    try:
        policies.policy({"policy": said})
    except policies.PolicyError as error:
        part.wrong("policy", steering.refused(error))
        return None
    return said


def _extension(part: Section) -> Any:
    """How far, how often and by whom a due date is moved for one agency."""
    node = part.node("extension")
    if node is None:
        return None
    said = plain(node)
    try:
        extensions.extension({"extension": said})
    except extensions.ExtensionError:
        part.wrong(
            "extension", "“extension” gồm days (1–120), times (0–10), decided_by (desk, head), effect (moves, rests)"
        )
        return None
    return said


def _digest(part: Section) -> Any:
    """When the summary is sent to the head and its desk."""
    said = part.text("digest", limit=40)
    if said is None:
        return None
    if (read := digest.read(said)) is None:
        part.wrong("digest", f"“{said}” không phải giờ gửi bản tổng hợp: đề nghị ghi như thứ sáu 14:30, hoặc không")
    return read


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _calendar(part: Section) -> dict[str, Any]:
    asked = part.section("calendar", _CALENDAR, "“calendar”")
    read: dict[str, Any] = {
        key: [day.isoformat() for day in asked.days(key)] for key in ("days_off", "working_days") if key in asked
    }
    for day in sorted({*read.get("days_off", ())} & {*read.get("working_days", ())}):
        written = f"{date.fromisoformat(day):%d/%m/%Y}"
        asked.wrong("working_days", f"ngày {written} không thể vừa là ngày nghỉ vừa là ngày làm việc")
    if "weekend" in asked:
        read["weekend"] = [_WEEKDAYS.index(day) for day in _weekdays(asked)]
    read |= {key: _spans(asked, key) for key in ("sending", "quiet") if key in asked}
    if "office" in asked:
        spans = _spans(asked, "office")
        if len(spans) == 1:
            read["office"] = spans[0]
        elif spans:
            asked.wrong("office", "“office” là một khoảng giờ, ví dụ: 07:30 - 17:00")
    for key in ("not_before", "not_after"):
        if key in asked:
            hours = asked.section(key, _WEEKDAYS, f"“{key}”")
            read[key] = {str(n): _hhmm(at) for n, day in enumerate(_WEEKDAYS) if (at := hours.hour(day))}
    return read


def _weekdays(asked: Section) -> list[str]:
    named = asked.texts("weekend")
    for day in named:
        if day not in _WEEKDAYS:
            asked.wrong("weekend", f"“{day}” không phải thứ trong tuần: {', '.join(_WEEKDAYS)}")
    return [day for day in named if day in _WEEKDAYS]


def _spans(asked: Section, key: str) -> list[list[str]]:
    """`08:30 - 11:30`, one or several."""
    return [span for text in asked.texts(key) if (span := _hours(asked, key, text))]


def _hours(asked: Section, key: str, text: str) -> list[str] | None:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})", text)
    numbers = [int(part) for part in found.groups()] if found else []
    if (
        not numbers
        or numbers[0] > 23
        or numbers[2] > 23
        or numbers[1] > 59
        or numbers[3] > 59
        or numbers[:2] >= numbers[2:]
    ):
        asked.wrong(key, f"“{text}” không phải khoảng giờ: đề nghị ghi như 08:30 - 11:30")
        return None
    return [_hhmm(time(numbers[0], numbers[1])), _hhmm(time(numbers[2], numbers[3]))]


def _hhmm(at: time) -> str:
    return f"{at:%H:%M}"


def _calendar_of(top: Section, settings: Mapping[str, Any]) -> Calendar:
    """The bloc's calendar; the standard one when the file's own cannot be used (which is then a problem)."""
    try:
        return calendar.of(dict(settings))
    except ValueError as error:
        top.wrong("settings", f"không dùng được “calendar”: {error}")
        return calendar.STANDARD


# --- agencies -----------------------------------------------------------------------------------------------------


def _agencies(top: Section) -> tuple[AgencyLine, ...]:
    parts = top.sections("agencies", AGENCY_KEYS, "đơn vị")
    if len(parts) > AGENCY_LIMIT:
        top.wrong("agencies", f"có {len(parts)} đơn vị, quá {AGENCY_LIMIT}")
        return ()
    read = [_agency(part) for part in parts]
    agencies = tuple(agency for agency in read if agency is not None)
    if agencies and len(agencies) == len(read):
        _refuse_twins(agencies, top.report)
        _check_seats(agencies, top)
        _check_successors(agencies, top.report)
    return agencies


def _agency(part: Section) -> AgencyLine | None:
    name = part.text("name", required=True, limit=200)
    short = _short(part)
    valid_from, valid_to = part.day("valid_from"), part.day("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        part.wrong("valid_to", "“valid_to” phải sau “valid_from”")
    agency = {
        "seat": part.choice("seat", ("head", "deputy")),
        "off_channel": part.flag("off_channel"),
        "successor": part.text("successor", limit=20),
        "movement": part.text("movement"),
        "people": tuple(_people(part)),
    }
    if name is None or short is None:
        return None
    return AgencyLine(name, short, valid_from=valid_from, valid_to=valid_to, place=part.place, **agency)  # type: ignore[arg-type]


def _short(part: Section) -> str | None:
    """People type it after a milestone's code (`K7-STP`): letters and digits, and never a code itself."""
    short = part.text("short", required=True, limit=20)
    if short is None:
        return None
    if not re.fullmatch(r"[^\W_]{1,12}", short) or short.isdigit() or re.fullmatch(r"[Kk]\d+", short):
        part.wrong("short", f"mã “{short}” phải gồm 1–12 chữ và số, không dấu cách, không giống mã nhiệm vụ (K7)")
        return None
    return short.upper()


def _people(part: Section) -> list[PersonLine]:
    people = []
    for line in part.sections("people", _PERSON, "người"):
        name, role = line.text("name", required=True, limit=100), line.choice("role", PERSON_ROLES)
        if "role" not in line:
            line.wrong("role", f"thiếu “role” của người: {', '.join(PERSON_ROLES)}")
        title, phone = line.text("title", limit=100), line.text("phone", limit=40)
        if phone and not re.fullmatch(r"\+?[\d .()-]{6,30}", phone):
            line.wrong("phone", f"“{phone}” không phải số điện thoại")
        if name and role:
            people.append(PersonLine(name, role, title, phone))
    return people


def _refuse_twins(agencies: Sequence[AgencyLine], report: Report) -> None:
    """Two agencies that people could not tell apart, with or without diacritics."""
    seen: dict[tuple[str, str], AgencyLine] = {}
    for agency in agencies:
        for what, said in (("tên", agency.name), ("mã", agency.short)):
            first = seen.setdefault((what, fold(said)), agency)
            if first is not agency:
                line = first.place.line
                report.wrong(agency.place, f"hai đơn vị cùng {what} “{said}” (đơn vị trước ở dòng {line})")


def _check_seats(agencies: Sequence[AgencyLine], top: Section) -> None:
    heads = [agency for agency in agencies if agency.seat == "head"]
    if not heads:
        top.wrong("agencies", "chưa có Trưởng khối: đề nghị ghi “seat: head” cho một đơn vị")
    for second in heads[1:]:
        top.report.wrong(
            second.place, f"hai Trưởng khối: {heads[0].name} (dòng {heads[0].place.line}) và {second.name}"
        )


def _check_successors(agencies: Sequence[AgencyLine], report: Report) -> None:
    by_short = {agency.short: agency for agency in agencies}
    reported: set[str] = set()
    for agency in agencies:
        if agency.successor and agency.successor.upper() not in by_short:
            report.wrong(
                agency.place,
                f"không có đơn vị kế thừa mã “{agency.successor}”{nearest(agency.successor, list(by_short))}",
            )
            continue
        chain = [agency.short]
        while (after := by_short[chain[-1]].successor) and after.upper() in by_short and after.upper() not in chain:
            chain.append(after.upper())
        if after and after.upper() == agency.short and agency.short not in reported:
            reported.update(chain)
            report.wrong(agency.place, f"đơn vị kế thừa vòng tròn: {' → '.join([*chain, agency.short])}")


# --- covenant -----------------------------------------------------------------------------------------------------


def _contents(top: Section) -> tuple[str, ...]:
    """The names of the covenant's content groups, or as many numbered ones as the file counts."""
    node = top.node("contents")
    if isinstance(node, Scalar):
        count = top.whole("contents", 1, CONTENT_LIMIT)
        return tuple(f"Nội dung {n}" for n in range(1, (count or 0) + 1))
    names = top.texts("contents")
    if len(names) > CONTENT_LIMIT:
        top.wrong("contents", f"có {len(names)} nội dung, quá {CONTENT_LIMIT}")
    return names


def _facts(top: Section, agencies: Sequence[AgencyLine]) -> dict[str, Any]:
    """Whatever else the covenant states, under the file's own names, with each agency's own movement."""
    node = top.node("facts")
    facts = plain(node) if node is not None else {}
    if not isinstance(facts, dict):
        top.wrong("facts", "“facts” phải gồm các mục dạng “tên: nội dung”")
        facts = {}
    movements = {agency.short: agency.movement for agency in agencies if agency.movement}
    return {**facts, **({"agency_movements": movements} if movements else {})}
