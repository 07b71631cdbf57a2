"""What the service does for the head's desk, in memory: it answers what an order must know, and keeps what was done."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from bot.dialogue.orders.values import (
    AgencyWeek,
    AskForNames,
    BroadcastView,
    CallAgain,
    DayView,
    DeskFacts,
    DeskNeeds,
    Got,
    HoldBloc,
    MakeBroadcast,
    MarkSeen,
    MilestoneView,
    Moved,
    MoveDate,
    Nudged,
    OrderDeed,
    Receiver,
    ReleaseBloc,
    ResumeBroadcast,
    SendNudge,
    StopBroadcast,
    WeekView,
)
from bot.dialogue.phrases import bloc, digest
from bot.dialogue.understand import LOCAL
from models.rules import calendar, rhythm
from models.rules.progress import BUCKETS

if TYPE_CHECKING:
    from tests.bot.dialogue.world import World

DAYS = calendar.STANDARD


@dataclass
class Desk:
    """What the desk of the small bloc has done so far."""

    done: list[OrderDeed] = field(default_factory=list)
    moved: dict[int, tuple[date, time | None, Moved]] = field(default_factory=dict)
    broadcasts: list[MakeBroadcast] = field(default_factory=list)
    stopped: set[int] = field(default_factory=set)
    again: dict[int, datetime] = field(default_factory=dict)
    seen: set[tuple[int, int]] = field(default_factory=set)
    nudged: dict[int, datetime] = field(default_factory=dict)
    held_until: datetime | None = None

    def do(self, world: "World", deed: OrderDeed, person: int) -> dict[str, str]:
        self.done.append(deed)
        match deed:
            case MoveDate():
                was = world.item(f"K{deed.milestone_id}", 1).due_on
                self.moved[deed.milestone_id] = deed.due_on, deed.due_time, Moved("Trần Văn Bình", world.now, was)
            case MakeBroadcast():
                self.broadcasts.append(deed)
                return {"{TB}": str(len(self.broadcasts))}
            case StopBroadcast(number):
                self.stopped.add(number)
            case ResumeBroadcast(number):
                self.stopped.discard(number)
            case CallAgain(number):
                self.again[number] = world.now
            case MarkSeen(number):
                self.seen.add((number, person))
            case SendNudge():
                self.nudged |= {person: world.now for person, _ in deed.to}
            case HoldBloc():
                self.held_until = deed.until
            case ReleaseBloc():
                self.held_until = None
            case AskForNames():
                return {"{ASKED}": digest.asked("Trưởng khối", 1)}
        return {"{K}": "K13"}

    # --- look -----------------------------------------------------------------------------------------------------

    def look(self, world: "World", needs: DeskNeeds) -> DeskFacts:
        lately = {person: at for person, at in self.nudged.items() if world.now - at < timedelta(hours=2)}
        return DeskFacts(
            bloc_id=1,
            bloc="Khối thi đua Nội chính",
            slug="bac-kan",
            head_title="Trưởng khối",
            sends_at=DAYS.next_sending(world.now),
            held=self.held_until is not None,
            held_until=self.held_until,
            receivers=self.receivers(world),
            day=_day(world, needs),
            milestone=self._milestone(world, needs.milestone) if needs.milestone else None,
            broadcast=self._broadcast(world, needs.broadcast) if needs.broadcast is not None else None,
            nudged=tuple(Nudged(person, at) for person, at in lately.items()),
            week=_week(world) if needs.week else None,
        )

    def receivers(self, world: "World") -> tuple[Receiver, ...]:
        from tests.bot.dialogue.world import AGENCIES

        found = []
        for agency, (name, short) in AGENCIES.items():
            off = agency in world.off_channel
            people = (agency * 10,) if agency in world.linked and not off else ()
            why: Any = None if people else "off_channel" if off else "not_linked"
            found.append(Receiver(agency, name, short, people, why))
        return tuple(found)

    def _milestone(self, world: "World", number: int) -> MilestoneView | None:
        from tests.bot.dialogue.world import AGENCIES, TITLES

        if f"K{number}" not in TITLES:
            return None
        items = [item for agency in AGENCIES for item in world.items(agency) if item.milestone_id == number]
        due_on, due_time, moved = self.moved.get(number, (items[0].due_on, items[0].due_time, None))
        return MilestoneView(
            number, f"K{number}", items[0].title, due_on, due_time, number == 12,
            tuple(item.agency_id for item in items),
            tuple(item.agency_id for item in items if item.standing.submitted_at is None),
            any(item.standing.facts for item in items), moved,
        )  # fmt: skip

    def _broadcast(self, world: "World", number: int) -> BroadcastView | None:
        number = number or len(self.broadcasts)
        if not 0 < number <= len(self.broadcasts):
            return None
        made = self.broadcasts[number - 1]
        meant = [one for one in self.receivers(world) if not made.agencies or one.agency_id in made.agencies]
        begun = made.starts_at is None or made.starts_at <= world.now
        got = [
            Got(one.agency_id, one.agency, "Nguyễn Thị An", "seen" if (number, person) in self.seen else "sent")
            for one in meant
            for person in one.people
            if begun
        ]
        return BroadcastView(
            number, made.text, made.starts_at or world.now, begun, number in self.stopped, made.rhythm is not None,
            self.again.get(number), tuple(got), tuple(one for one in meant if not one.people),
        )  # fmt: skip


def _day(world: "World", needs: DeskNeeds) -> DayView | None:
    day = needs.day or (world.today if needs.at else None)
    if needs.rhythm and needs.at:
        day = rhythm.following(needs.rhythm, needs.at, world.now, DAYS).date()
    if day is None:
        return None
    leaves = DAYS.moment(day, needs.at or time())
    good = day >= world.today and (needs.at is None or leaves > world.now)
    last = DAYS.working_from(day)
    deadline = leaves if needs.at else DAYS.end_of_day(last)
    return DayView(
        day, not DAYS.is_working(day), last, DAYS.working_days_between(world.today, day),
        DAYS.next_sending(max(leaves, world.now)) if good else None, deadline, DAYS.end_of_day(day),
        DAYS.next_opening(DAYS.moment(day + timedelta(days=1), time())),
    )  # fmt: skip


def _week(world: "World") -> WeekView:
    view = world.view()
    items = [item for agency in range(1, 6) for item in world.items(agency)]
    silent: dict[str, list[tuple[str, str]]] = {}
    for one in view.silent:
        silent.setdefault(one.item.agency, []).append((one.item.code, bloc.why(one, view.head_title)))
    week = timedelta(days=7)
    done = [i for i in items if i.standing.submitted_at and i.standing.submitted_at > world.now - week]
    coming = {(i.due_on, i.code, i.title.split(",")[0]) for i in items if i.bucket == "open_in_time"}
    return WeekView(
        bloc=view.bloc,
        kind="khối",
        year=view.year,
        as_of=world.now.astimezone(LOCAL),
        totals=view.totals,
        before={**dict.fromkeys(BUCKETS, 0), "open_overdue": 1},
        reported=sum(bool(item.standing.facts) for item in items if item.bucket not in (None, "open_in_time")),
        done=tuple(f"{item.code}-{item.short}" for item in done),
        fell_due=len(view.silent),
        silent=tuple(AgencyWeek(agency, tuple(overdue)) for agency, overdue in silent.items()),
        waiting=tuple(f"{item.code}-{item.short}" for item in done),
        coming=tuple((code, name, on) for on, code, name in sorted(coming) if on <= world.today + week),
    )
