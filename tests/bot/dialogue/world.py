"""A small bloc in memory: it gives the dialogue its places, book and facts, and carries out what is to be done."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.dialogue import look, opened_by, respond, talk, understand
from bot.dialogue.orders.values import is_order_deed
from bot.dialogue.rulings.values import HeadSeat, RulingFacts, Sent
from bot.dialogue.understand import LOCAL
from bot.dialogue.values import (
    AgencyLine,
    Bind,
    BlocView,
    Book,
    Entry,
    EraseSecret,
    Facts,
    Invited,
    Item,
    MakeCode,
    MakeUploadLink,
    Member,
    Needs,
    Place,
    Record,
    Replied,
    Reply,
    Silent,
    Talk,
)
from models.rules.progress import BUCKETS, Ask, Fact, Reach, bucket, silence, stand
from models.wire import FileRef, Heard, Say, StoredFile
from tests.bot.dialogue.desk import Desk

TITLES = {
    "K1": ("Đăng ký thi đua, đăng ký chỉ tiêu", date(2024, 2, 28)),
    "K2": ("Góp ý dự thảo quy chế, giao ước, bảng điểm", date(2024, 3, 20)),
    "K3": ("Ký kết giao ước", date(2024, 3, 29)),
    "K4": ("Báo cáo nhanh quý I", date(2024, 4, 15)),
    "K5": ("Báo cáo sơ kết 6 tháng, kết quả các nhóm nội dung giao ước", date(2024, 6, 15)),
    "K6": ("Hội nghị sơ kết khối", date(2024, 7, 15)),
    "K7": ("Báo cáo nhanh quý III, giới thiệu gương người tốt, việc tốt", date(2024, 6, 20)),
    "K8": ("Hồ sơ sáng kiến, điển hình tiên tiến", date(2024, 10, 31)),
    "K9": ("Vụ việc trợ giúp pháp lý", date(2024, 6, 25)),
    "K10": ("Tự chấm điểm, báo cáo tổng kết, minh chứng", date(2024, 11, 20)),
    "K11": ("Giải trình, thẩm định điểm", date(2024, 11, 30)),
    "K12": ("Hội nghị tổng kết, bình xét, suy tôn", date(2024, 7, 1)),
}
AGENCIES = {
    1: ("Sở Tư pháp", "STP"),
    2: ("Thanh tra tỉnh", "TTT"),
    3: ("Bộ Chỉ huy Quân sự tỉnh", "BCHQS"),
    4: ("Công an tỉnh", "CA"),
    5: ("Cục Thi hành án dân sự", "THADS"),
}
HEAD, DEPUTY = 4, 5
TARGETS = {"K9": (15.0, "vụ")}
FILE_ONLY = frozenset({"K8"})
OUTSIDE = frozenset({"K11"})
FIRST_RECEIPT = 147


def local(day: date, at: str) -> datetime:
    hours, minutes = map(int, at.split(":"))
    return datetime.combine(day, time(hours, minutes), LOCAL)


def working_days(start: date, end: date) -> int:
    """Working days after `start`, up to and with `end`; negative when it has passed."""
    if end < start:
        return -working_days(end, start)
    return sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, (end - start).days + 1))


def next_working_day(day: date) -> date:
    """The day itself, when it is one."""
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


@dataclass
class World:
    """One bloc of five agencies, two blocs when `second` is set."""

    now: datetime = field(default_factory=lambda: local(date(2024, 6, 11), "09:42"))
    facts: dict[int, list[Fact]] = field(default_factory=dict)
    codes: dict[str, Invited] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    erased: list[str] = field(default_factory=list)
    made: list[MakeCode] = field(default_factory=list)
    bound: list[int] = field(default_factory=list)
    off_channel: frozenset[int] = frozenset()
    linked: frozenset[int] = frozenset({1, 2, 4})
    has_deputy: bool = True
    names: dict[int, str | None] = field(default_factory=dict)
    """What files are called, by receipt."""
    receipt: int = FIRST_RECEIPT
    desk: Desk = field(default_factory=Desk)

    @property
    def today(self) -> date:
        return self.now.astimezone(LOCAL).date()

    @property
    def book(self) -> Book:
        entries = tuple(
            Entry(number, 1, 2024, code, title, ("bc 6 tháng",) if code == "K5" else (), due)
            for number, (code, (title, due)) in enumerate(TITLES.items(), 1)
        )
        return Book(
            entries, tuple(Member(i, 1, name, short, i in self.off_channel) for i, (name, short) in AGENCIES.items())
        )

    def place(self, role: Any = "focal", agency: int = 1, person: int | None = None) -> Place:
        name, short = AGENCIES[agency]
        person_id = person or agency * 10
        seat: Any = {HEAD: "head", DEPUTY: "deputy" if self.has_deputy else None}.get(agency)
        return Place(
            person_id,
            person_id,
            "Nguyễn Thị An",
            role,
            1,
            "bac-kan",
            "Khối thi đua Nội chính",
            agency,
            name,
            short,
            ((2024, seat),) if seat else (),
        )

    def obligation(self, code: str, agency: int = 1) -> int:
        return agency * 100 + int(code[1:])

    def add(self, code: str, agency: int = 1, **known: Any) -> None:
        obligation = self.obligation(code, agency)
        known = {
            "kind": "progress",
            "at": self.now - timedelta(days=5),
            "person_id": agency * 10,
            "channel": "web",
        } | known
        self.facts.setdefault(obligation, []).append(Fact(id=len(self.facts) + 1, **known))

    def items(self, agency: int) -> list[Item]:
        return [self.item(code, agency) for code in TITLES if code != "K6" or agency == HEAD]

    def item(self, code: str, agency: int) -> Item:
        title, due = TITLES[code]
        target, unit = TARGETS.get(code, (None, None))
        ask = Ask("file" if code in FILE_ONLY else "any", target)
        name, short = AGENCIES[agency]
        standing = stand(ask, self.facts.get(self.obligation(code, agency), ()), followed=due > date(2024, 5, 1))
        deadline = datetime.combine(next_working_day(due) + timedelta(days=1), time(0), LOCAL)
        return Item(
            self.obligation(code, agency), int(code[1:]), 1, code, short, agency, name, title, due, None, deadline, ask,
            unit, code in OUTSIDE, standing, bucket(standing, deadline, self.now), working_days(self.today, due),
            year=2024, is_near=due - self.today <= timedelta(days=30),
        )  # fmt: skip

    # --- what the service does ------------------------------------------------------------------------------------

    def look_up(self, needs: Needs) -> Facts:
        items = tuple(item for agency in needs.items_of for item in self.items(agency))
        return Facts(
            now=self.now,
            wire_now=self.now,
            today=self.today,
            question_until=local(self.today + timedelta(days=1), "17:00"),
            items=items,
            blocs=tuple(self.view() for _ in needs.blocs),
            invited=self.codes.get(needs.link_code, Invited(None, "unknown")) if needs.link_code else None,
            undoable=tuple((o, fact) for o, facts in self.facts.items() for fact in facts if fact.id in needs.undo),
            contact="Trần Văn Bình, Công an tỉnh, 0209 3870 000",
            files=tuple(self.files[key] for key in needs.files if key in self.files),
            desk=self.desk.look(self, needs.desk) if needs.desk else None,
            rulings=self.rulings(items) if needs.rulings else None,
        )

    def rulings(self, items: tuple[Item, ...]) -> RulingFacts:
        """Everybody is called by their number; there is one head, with a deputy or without."""
        facts = {fact.id: (item, fact) for item in items for fact in item.standing.log}
        names = {fact.person_id: f"Người {fact.person_id}" for _, fact in facts.values() if fact.person_id}
        sent = tuple(Sent(item.obligation_id, f"BN-{n:04d}", self.names.get(n)) for n, (item, f) in facts.items()
                     if f.kind == "evidence")  # fmt: skip
        return RulingFacts(sent, tuple(names.items()), (HeadSeat(HEAD, 2024, self.has_deputy),))

    def view(self) -> BlocView:
        items = [item for agency in AGENCIES for item in self.items(agency)]
        lines = []
        for agency, (name, short) in AGENCIES.items():
            own = [item.bucket for item in items if item.agency_id == agency]
            lines.append(AgencyLine(agency, name, short, {kind: own.count(kind) for kind in BUCKETS}))
        silent = [
            Silent(
                i,
                silence(
                    i.standing, Reach(i.agency_id in self.linked, i.agency_id in self.off_channel, True), self.today
                ),
            )
            for i in items
            if i.bucket == "open_overdue"
        ]
        open_in_time = tuple(i for i in items if i.bucket == "open_in_time")
        totals = {kind: sum(item.bucket == kind for item in items) for kind in BUCKETS}
        return BlocView(1, "Khối thi đua Nội chính", 2024, self.now, totals, tuple(lines), tuple(silent), open_in_time)

    def carry_out(self, reply: Reply, place: Place | None) -> tuple[list[Say], Talk]:
        words: dict[str, str] = {}
        receipts: list[int] = []
        for deed in reply.deeds:
            match deed:
                case Record():
                    words[f"{{BN{len(receipts)}}}"] = f"BN-{self.receipt:04d}"
                    receipts.append(self.record(deed, place))
                case Bind():
                    self.bound.append(deed.invitation_id)
                case MakeCode():
                    self.made.append(deed)
                    words["{CODE}"] = "4820 1736"
                case MakeUploadLink():
                    words["{LINK}"] = f"https://giao-uoc.example/u/bi-mat-cua-{deed.obligation_id}"
                case EraseSecret():
                    self.erased.append(deed.marking)
                case _ if is_order_deed(deed):
                    words |= self.desk.do(self, deed, place.person_id if place else 0)
        says = [Say(text=_filled(say.text, words), choices=say.choices) for say in reply.says]
        return says, replace(reply.talk, last=tuple(receipts)) if receipts else reply.talk

    def record(self, deed: Record, place: Place | None) -> int:
        fact = Fact(
            self.receipt, deed.kind, self.now, deed.percent, deed.value, deed.note, deed.letter, deed.letter_on,
            deed.promise_on, deed.undoes_id, deed.person_id or (place.person_id if place else None), "web", deed.proxy,
            deed.due_on,
        )  # fmt: skip
        self.facts.setdefault(deed.obligation_id, []).append(fact)
        if deed.file:
            self.names[fact.id] = deed.file.name
        self.receipt += 1
        return fact.id


def _filled(text: str, words: dict[str, str]) -> str:
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text


@dataclass
class Chat:
    """One chat: its state goes through JSON between any two messages."""

    world: World
    places: tuple[Place, ...] = ()
    stored: dict[str, Any] = field(default_factory=dict)
    said: list[Say] = field(default_factory=list)
    reply: Reply = field(default_factory=Reply)
    heard_count: int = 0
    stored_by: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Which updates a message of the platform made."""

    @property
    def talk(self) -> Talk:
        return talk.from_json(self.stored)

    def remember(self, known: Talk) -> None:
        self.stored = talk.to_json(known)

    def ask(self, code: str, agency: int = 1) -> None:
        """The bot has just asked about one task."""
        item = self.world.item(code, agency)
        question = opened_by([item], local(self.world.today + timedelta(days=1), "17:00"))
        self.remember(replace(self.talk, question=question))

    def hear(self, text: str = "", **event: Any) -> list[Say]:
        self.heard_count += 1
        heard = Heard(
            channel="web",
            bot="main",
            external_id=str(self.heard_count),
            chat="c",
            text=text,
            sent_at=self.world.now,
            **event,
        )
        before = self.talk
        understood = understand(heard, before, self.places, self.world.book, self.world.today)
        facts = self._in_thread(heard, self.world.look_up(look(understood)))
        self.reply = respond(understood, facts, before, self.places)
        self.said, after = self.world.carry_out(self.reply, self.places[0] if self.places else None)
        self.remember(after)
        if heard.message and after.last != before.last:
            self.stored_by[heard.message] = self.stored_by.get(heard.message, ()) + after.last
        return self.said

    def _in_thread(self, heard: Heard, facts: Facts) -> Facts:
        """What the message corrects, and what it answers: another message of this chat."""
        known = {fact.id: (o, fact) for o, stored in self.world.facts.items() for fact in stored}
        gone = {fact.undoes_id for _, fact in known.values()}
        mine = [known[number] for number in self.stored_by.get(heard.message or "", ())]
        kept = tuple((o, fact) for o, fact in mine if fact.kind != "undo" and fact.id not in gone)
        about = tuple(known[number][0] for number in self.stored_by.get(heard.reply_to or "", ()))
        replied = Replied(about) if about else facts.replied
        return replace(facts, corrected=kept if heard.edited else (), replied=replied)

    def send(self, *files: FileRef, text: str = "", **event: Any) -> list[Say]:
        return self.hear(text, kind="files", files=files, **event)

    @property
    def text(self) -> str:
        return "\n".join(say.text for say in self.said)
