"""What a loaded file leaves to be settled by people: said once each, in the order in which it hurts (Vietnamese)."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import or_
from sqlmodel import Session, col, select

from api.services.loading.blocfile import BlocFile
from api.services.loading.duties import DECIDED
from bot.dialogue.reading.fold import fold
from models.rules.calendar import Calendar
from models.tables import Agency, Bloc, Milestone, Obligation, Post, Season

_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


def of(
    session: Session, file: BlocFile, bloc: Bloc, season: Season, kept: Sequence[str], today: date, *, is_newest: bool
) -> list[str]:
    """The warnings of the season as it stands now: a second loading says the same."""
    rows = session.exec(select(Milestone).where(col(Milestone.season_id) == season.id).order_by(col(Milestone.number)))
    milestones = list(rows)
    said = [
        None
        if file.agencies
        else "Chưa có đơn vị: tệp được nạp như một mẫu. Đề nghị ghi các đơn vị vào mục agencies rồi nạp lại.",
        f"Năm thi đua {season.year} đã kết thúc quá 120 ngày: chỉ để tra cứu, không nhắc." if season.closed else None,
        None if is_newest or not _differs(file, bloc) else _older(bloc, season),
        _decided(file, bloc),
        _kept(kept),
        _without_focal(session, file, bloc, today),
        _past(session, season),
        _unconfirmed(milestones),
        _days_off(milestones, file.calendar, bool(file.settings.get("strict"))),
        _read_as(milestones),
        *_doubled(milestones),
    ]
    return [text for text in said if text]


def _differs(file: BlocFile, bloc: Bloc) -> bool:
    return (file.bloc, file.kind, file.level) != (bloc.name, bloc.kind, bloc.level)


def _older(bloc: Bloc, season: Season) -> str:
    return f"Đã có năm thi đua mới hơn {season.year}: tên, cài đặt và đơn vị của {bloc.name} giữ theo năm mới hơn."


_PARTS = {"policy": "mức nhắc", "calendar": "lịch làm việc", "strict": "quy tắc ngày nghỉ"}


def _decided(file: BlocFile, bloc: Bloc) -> str | None:
    """What people decided in the program stands, whatever the file says."""
    decided = bloc.settings.get(DECIDED, ())
    differing = [said for part, said in _PARTS.items() if part in decided and _asks_otherwise(file, bloc, part)]
    return (
        f"Đã quyết định trong hệ thống, khác với tệp, được giữ nguyên: {', '.join(differing)}." if differing else None
    )


def _asks_otherwise(file: BlocFile, bloc: Bloc, part: str) -> bool:
    return part in file.settings and file.settings[part] != bloc.settings.get(part)


def _kept(codes: Sequence[str]) -> str | None:
    if not codes:
        return None
    return f"Không còn trong tệp nhưng đã có trả lời, nên được giữ lại: {', '.join(codes)}."


def relieved(names: Sequence[str]) -> list[str]:
    """Said once, by the loading that did it."""
    if not names:
        return []
    return [f"Tệp ghi người khác vào vị trí, nên đã thôi vị trí và cuộc trò chuyện đã ngắt: {', '.join(names)}."]


def _without_focal(session: Session, file: BlocFile, bloc: Bloc, today: date) -> str | None:
    shorts = [line.short for line in file.agencies if not line.off_channel and line.is_valid(today)]
    with_focal = (
        select(Agency.short)
        .join(Post, col(Post.agency_id) == col(Agency.id))
        .where(
            col(Agency.bloc_id) == bloc.id,
            col(Post.role) == "focal",
            or_(col(Post.until).is_(None), col(Post.until) > today),
        )
    )
    there = set(session.exec(with_focal))
    missing = [short for short in shorts if short not in there]
    if not missing:
        return None
    return f"Chưa có cán bộ đầu mối: {len(missing):02d} đơn vị ({', '.join(missing)})."


def _past(session: Session, season: Season) -> str | None:
    unfollowed = (
        select(Milestone)
        .join(Obligation, col(Obligation.milestone_id) == col(Milestone.id))
        .where(col(Milestone.season_id) == season.id, col(Obligation.followed).is_(False))
        .distinct()
        .order_by(col(Milestone.number))
    )
    dated = [f"{row.code} ({_day(row.due_on)})" for row in session.exec(unfollowed)]
    return f"Đã qua – không theo dõi: {', '.join(dated)}." if dated else None


def _unconfirmed(milestones: Iterable[Milestone]) -> str | None:
    codes = [row.code for row in milestones if row.is_default]
    if not codes:
        return None
    return f"Thời hạn mặc định, chờ Trưởng khối xác nhận hoặc ghi lại: {', '.join(codes)}."


def _days_off(milestones: Iterable[Milestone], calendar: Calendar, strict: bool) -> str | None:
    off = [row for row in milestones if not calendar.is_working(row.due_on)]
    if not off:
        return None
    if strict:
        dated = [f"{row.code} {_weekday(row.due_on)}" for row in off]
        return f"Thời hạn rơi vào ngày nghỉ, vẫn tính đúng ngày: {', '.join(dated)}."
    dated = [f"{row.code} {_weekday(row.due_on)} → {_weekday(calendar.working_from(row.due_on))}" for row in off]
    return f"Thời hạn rơi vào ngày nghỉ, tính đến hết ngày làm việc kế tiếp: {', '.join(dated)}."


def _read_as(milestones: Iterable[Milestone]) -> str | None:
    said = [row for row in milestones if row.due_text and "truoc" in fold(row.due_text)]
    read = [f"{row.code} “{row.due_text}” là {_day(row.due_on)}" for row in said]
    return f"Đề nghị xác nhận cách đọc thời hạn: {', '.join(read)}." if read else None


def _doubled(milestones: Sequence[Milestone]) -> list[str]:
    """Milestones of one title or alias, which people could not tell apart."""
    said: list[str] = []
    first: dict[str, Milestone] = {}
    for milestone in milestones:
        for name in dict.fromkeys(fold(name) for name in (milestone.title, *milestone.aliases)):
            other = first.setdefault(name, milestone)
            if other is milestone or _are_occasions(other, milestone):
                continue
            if name == fold(milestone.title) == fold(other.title):
                said.append(f"Hai mốc cùng tên: {other.code} và {milestone.code} “{milestone.title}”.")
            else:
                said.append(f"Cách gọi “{name}” dùng cho cả {other.code} và {milestone.code}.")
    return said


def _are_occasions(one: Milestone, other: Milestone) -> bool:
    """Of one recurring milestone: they share their aliases on purpose."""
    return one.recurs is not None and one.recurs == other.recurs and one.aliases == other.aliases


def _day(day: date) -> str:
    """15/6/2024, 05/01/2024: the register's rule for leading zeros."""
    month = f"{day.month:02d}" if day.month <= 2 else str(day.month)
    return f"{day.day:02d}/{month}/{day.year}"


def _weekday(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {_day(day)}"
