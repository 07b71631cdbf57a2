"""What cannot be dealt with is set aside with its reason and played once more when somebody says so; two chats, of
which one poisons, and the other never notices."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlmodel import Session, col

from api.refusals import Conflict, Invalid, NotFound
from api.services import invitations
from api.services.loading import blocfile, loading
from api.services.queues import aside, delivery, inbox
from api.services.talks import turns
from bot import ears
from bot.channels.base import Passing, Refused
from bot.channels.unreadable import RAW_LIMIT, reading, unreadable
from models.logs import reason
from models.tables import Agency, Audit, Evidence, Inbox, Outbox
from models.wire import Heard, InboxWork, Say
from tests.bot.test_ears import PDF
from tests.bot.test_ears import inbox as rows_of
from tests.fakes.office import MORNING, Office, eventually, living

SAMPLE = "noi-chinh-bac-kan-2024"
POISON = (
    "CREATE TRIGGER poison BEFORE INSERT ON conversation WHEN NEW.address_id = 1 "
    "BEGIN SELECT RAISE(ABORT, 'poison'); END"
)


def of(office: Office, chat: str) -> Inbox:
    return next(row for row in rows_of(office) if row.chat == chat)


def listed(office: Office) -> list[tuple[str, str | None]]:
    lines = office.database.read_now(lambda s: aside.listed(s, None, 100, None))
    return [(line.id, line.why) for line in lines.items]


def retry(office: Office, written: str) -> str:
    return office.database.write_now(
        lambda s: aside.retry(s, aside.ident(written), "test", office.home.clock.covenant(), office.home.clock.wire())
    )


def run(office: Office, *statements: str) -> None:
    office.database.write_now(lambda s: [s.execute(text(statement)) for statement in statements] and None)


# --- an update that our code cannot read --------------------------------------------------------------------------


async def test_an_update_that_cannot_be_read_is_set_aside_and_its_sender_told(office: Office) -> None:
    office.platform.person_says_what_nobody_reads("lan", "xin chào")
    office.platform.person_says("minh", "xin chào")
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        await office.platform.until_arrived("minh", 1)
        told = await office.platform.until_arrived("lan", 1)
    assert "chưa được ghi nhận" in told[0]
    assert (of(office, "lan").state, of(office, "minh").state) == ("aside", "done")
    ((kept, why),) = listed(office)
    assert why == "could not be read: KeyError at fake.py:1"
    assert of(office, "lan").heard["unread"]["raw"] == '{"chat": "lan", "meant": "xin ch\\u00e0o"}'  # type: ignore[index]
    assert kept == f"in-{of(office, 'lan').id}"


async def test_a_mended_program_reads_it_when_it_is_tried_again(small_office: Office) -> None:
    small_office.platform.person_says_what_nobody_reads("lan", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("lan", 1)
        retry(small_office, "in-1")
        await eventually(lambda: of(small_office, "lan").why == "could not be read: KeyError at fake.py:2")
        assert len(small_office.platform.what_arrived("lan")) == 1, "nobody is told twice"
        small_office.platform.reads_everything = True
        retry(small_office, "in-1")
        await eventually(lambda: of(small_office, "lan").state == "done")
    assert of(small_office, "lan").heard["text"] == "xin chào"  # type: ignore[index]
    assert listed(small_office) == []


async def test_a_redelivery_of_what_is_set_aside_changes_nothing(small_office: Office) -> None:
    poison = small_office.platform.person_says_what_nobody_reads("lan", "xin chào")
    small_office.platform.platform_repeats(poison)
    small_office.platform.person_says("minh", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("minh", 1)
    assert [row.state for row in rows_of(small_office)] == ["aside", "done"]
    assert len(small_office.platform.what_arrived("lan")) <= 1


def test_one_update_never_stops_the_others() -> None:
    def translate() -> Heard | None:
        return {}["message"]  # type: ignore[no-any-return, index]

    heard = reading(translate, lambda why: unreadable({"a": "\0\ud800"}, why, channel="x", bot="1", at=MORNING))
    assert heard is not None
    assert heard.unread is not None
    assert heard.unread.why.startswith("KeyError at test_poison.py:")
    assert heard.unread.raw == '{"a": "\\u0000\\ud800"}', "as JSON writes it: any database takes it"
    assert heard.external_id.startswith("raw:")


def test_an_update_beyond_reason_leaves_its_reason_only() -> None:
    heard = unreadable("x" * (RAW_LIMIT + 1), "too long", channel="x", bot="1", at=MORNING)
    assert heard.unread is not None
    assert (heard.unread.raw, heard.unread.why) == ("", "too long")


def test_the_reason_holds_no_word_of_what_was_read() -> None:
    with pytest.raises(ValueError) as met:
        int("mật khẩu")
    assert reason(met.value).startswith("ValueError at test_poison.py:")
    assert "mật khẩu" not in reason(met.value)


# --- a handler that raises ----------------------------------------------------------------------------------------


def has_failed(office: Office, tries: int) -> bool:
    return any((row.attempt, row.state) == (tries, "waiting") for row in rows_of(office))


async def test_what_cannot_be_thought_through_is_set_aside_after_so_many_tries(small_office: Office) -> None:
    small_office.counter.bot = small_office.platform.name
    small_office.counter.address("lan")
    run(small_office, POISON)
    small_office.platform.person_says("lan", "độc")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        for number in range(5):
            small_office.platform.person_says("minh", f"xin chào {number}")
            await eventually(lambda tries=number: has_failed(small_office, tries + 1))
            run(small_office, "UPDATE inbox SET not_before = received_at")
        told = await small_office.platform.until_arrived("lan", 1)
        await eventually(lambda: sum(row.state == "done" for row in rows_of(small_office)) == 5)
        assert of(small_office, "lan").state == "aside"
        assert "do lỗi của hệ thống" in told[0]
        ((kept, why),) = listed(small_office)
        assert why is not None
        assert why.startswith("IntegrityError at ")
        run(small_office, "DROP TRIGGER poison")
        retry(small_office, kept)
        await small_office.platform.until_arrived("lan", 2)
    assert of(small_office, "lan").state == "done"
    assert small_office.database.read_now(lambda s: s.scalars(select(col(Audit.deed))).all()) == ["retry"]


# --- a file that cannot be fetched --------------------------------------------------------------------------------


async def test_a_file_that_could_not_be_fetched_is_fetched_when_it_is_tried_again(office: Office) -> None:
    office.platform.fails_to_fetch(Refused("file is no longer available"))
    office.platform.person_sends_file("lan", PDF)
    office.platform.person_says("minh", "xin chào")
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        await office.platform.until_arrived("minh", 1)
        await office.platform.until_arrived("lan", 1)
        await eventually(lambda: of(office, "lan").state == "aside")
        assert listed(office) == [
            (f"in-{of(office, 'lan').id}", "a file could not be fetched: file is no longer available")
        ]
        retry(office, f"in-{of(office, 'lan').id}")
        await eventually(lambda: of(office, "lan").state == "done")
    file = of(office, "lan").heard["files"][0]  # type: ignore[index]
    assert (file["stored"] is not None, file["trouble"]) == (True, None)


async def links(office: Office, chat: str) -> None:
    """A focal point of Sở Tư pháp, in silence."""
    file = blocfile.read(blocfile.sample(SAMPLE), SAMPLE)
    await loading.load_file(office.database, file, MORNING - timedelta(days=20))

    def link(session: Session) -> None:
        agency = session.execute(select(Agency).where(col(Agency.short) == "STP")).scalar_one()
        code = invitations.new_code(session, agency.bloc_id, agency.id or 0, "focal", office.home.clock.wire())
        for number, said in enumerate((code, "1")):
            heard = Heard(
                channel="fake", bot="1", external_id=f"before:{number}", chat=chat, text=said, sent_at=MORNING
            )
            turns.hear(session, heard, MORNING, office.home.clock.wire())
        session.execute(update(Outbox).values(state="withdrawn"))

    office.database.write_now(link)


LAPSED = "UPDATE inbox SET state = 'waiting', lease_until = NULL, not_before = received_at WHERE state = 'claimed'"
"""As when the lease of whoever could not fetch it is over, and its pause too."""


def newest(office: Office) -> Inbox:
    return rows_of(office)[-1]


async def test_whoever_sent_a_file_that_cannot_be_fetched_is_answered_once_and_hears_again_only_of_success(
    small_office: Office,
) -> None:
    office = small_office
    await links(office, "lan")
    gone = Refused("file is no longer available")
    office.platform.fails_to_fetch(gone, gone)
    office.platform.person_sends_file("lan", PDF, caption="K5")
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        first = (await office.platform.until_arrived("lan", 1))[0]
        assert "chưa tải được từ kênh này" in first
        assert "/u/" in first, "another way"
        which = f"in-{newest(office).id}"
        await eventually(lambda: newest(office).state == "aside")
        retry(office, which)
        await eventually(lambda: office.platform.fetches == 2)
        await eventually(lambda: newest(office).why == f"a file could not be fetched: {gone}")
        assert len(office.platform.what_arrived("lan")) == 1, "told once, whatever comes of a second try"
        retry(office, which)
        told = await office.platform.until_arrived("lan", 2)
        await eventually(lambda: newest(office).state == "done")
    assert "nay đã tải được" in told[1]
    assert "BN-" in told[1], "what is stored has its receipt"
    assert len(office.database.read_now(lambda s: s.scalars(select(col(Evidence.update_id))).all())) == 1


async def test_a_file_that_comes_late_by_itself_is_answered_once(small_office: Office) -> None:
    office = small_office
    await links(office, "lan")
    office.platform.fails_to_fetch(*[Passing("HTTP 500")] * 4)
    office.platform.person_sends_file("lan", PDF, caption="K5")
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        await eventually(lambda: office.platform.fetches == ears.FETCHES)
        run(office, LAPSED)
        told = await office.platform.until_arrived("lan", 1)
    assert len(told) == 1
    assert "BN-" in told[0]


async def test_a_file_that_never_comes_is_answered_once(small_office: Office) -> None:
    office = small_office
    await links(office, "lan")
    office.platform.fails_to_fetch(*[Passing("HTTP 500")] * 20)
    office.platform.person_sends_file("lan", PDF, caption="K5")
    mouth = office.mouth()
    async with living(office.ears(mouth), mouth):
        for lease in range(1, ears.LEASES):
            await eventually(lambda tries=lease: office.platform.fetches == ears.FETCHES * tries)
            run(office, LAPSED)
        told = await office.platform.until_arrived("lan", 1)
        await eventually(lambda: newest(office).state == "aside")
    assert len(told) == 1
    assert "chưa tải được từ kênh này" in told[0]


async def test_a_message_that_is_taken_up_again_and_again_is_set_aside(office: Office) -> None:
    """Whoever takes it dies over it: no outcome is ever told."""
    office.platform.person_sends_file("lan", PDF)
    async with living(office.ears(office.mouth())):
        await eventually(lambda: rows_of(office))
    run(office, f"UPDATE inbox SET state = 'claimed', attempt = {inbox.LEASES}, lease_until = received_at")
    work = await office.database.write(
        lambda s: inbox.claim_inbox(s, office.platform.name, 10, office.home.clock.wire() + timedelta(hours=1))
    )
    assert work == []
    assert listed(office) == [("in-1", f"taken up {inbox.LEASES} times and never heard of again")]


def test_a_row_of_another_shape_stops_no_other(office: Office) -> None:
    def claim() -> list[InboxWork]:
        wire_now = office.home.clock.wire()
        return office.database.write_now(lambda s: inbox.claim_inbox(s, "fake:1", 10, wire_now))

    for number, heard in enumerate(({"of": "another version"}, None)):
        row = Inbox(
            channel="fake", bot="1", external_id=f"old{number}", chat="lan", received_at=MORNING, heard=heard,
            not_before=MORNING,
        )  # fmt: skip
        office.database.write_now(lambda s, row=row: s.add(row))
    good = Heard(channel="fake", bot="1", external_id="new", chat="minh", text="xin chào", sent_at=MORNING)
    office.database.write_now(lambda s: inbox.set_back(s, good, "first try", MORNING - timedelta(hours=1)))
    assert [work.heard for work in claim()] == [good]
    assert [why for _, why in listed(office)] == ["stored in a shape that this version does not know"] * 2


async def test_what_the_api_refuses_is_set_aside_without_what_it_choked_on(small_office: Office) -> None:
    small_office.platform.person_says("lan", "x" * (5 * 1024 * 1024))
    small_office.platform.person_says("minh", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await small_office.platform.until_arrived("minh", 1)
    assert sorted(row.state for row in rows_of(small_office)) == ["aside", "done"]
    assert [why for _, why in listed(small_office)] == ["could not be read: the API answers 413 to POST /v1/inbox"]


# --- what was to be said ------------------------------------------------------------------------------------------


async def test_a_message_that_failed_is_sent_when_it_is_tried_again(office: Office) -> None:
    office.counter.bot = office.platform.name
    office.platform.next_sends(Refused("message text is empty"))
    row = office.queue("lan", "Thông báo")
    async with living(office.mouth()):
        await office.until(row, state="failed")
        assert listed(office) == [(f"out-{row}", "message text is empty")]
        assert retry(office, f"out-{row}") == "queued"
        office.home.bell.ring()
        await office.until(row)
    assert office.platform.what_arrived("lan") == ["Thông báo"]


def test_a_message_whose_hours_are_over_goes_into_the_next_days(office: Office) -> None:
    row = office.queue("lan", "Nhắc việc")
    office.change(row, state="failed", expires_at=office.home.clock.covenant() - timedelta(minutes=1))
    assert retry(office, f"out-{row}") == "expired"
    assert office.counter.row(row).state == "expired"


def test_a_message_that_finds_no_words_silences_nobody(office: Office) -> None:
    """Its composing raises; the others of the same claim are sent, and it fails for good after so many tries."""
    counter = office.counter
    spoilt = counter.queue("lan", None, kind="reminder")
    fine = counter.queue("minh", "Thông báo")

    def compose(session: Session, row: Outbox, at: object) -> Say | None:
        session.execute(text("UPDATE address SET display_name = 'half done'"))
        raise LookupError("no words")

    def claim() -> list[int]:
        return [
            parcel.id
            for parcel in office.database.write_now(
                lambda s: delivery.claim(s, counter.bot, 10, counter.now, counter.wire_now, compose)
            )
        ]

    assert claim() == [fine]
    assert counter.row(spoilt).state == "queued"
    for _ in range(inbox.TRIES - 1):
        counter.passes(hours=1)
        claim()
    assert counter.row(spoilt).state == "failed"
    ((_, why),) = listed(office)
    assert why is not None
    assert why.startswith("it finds no words: LookupError at test_poison.py:")
    names = office.database.read_now(lambda s: s.scalars(text("SELECT display_name FROM address")).all())
    assert set(names) == {None}, "nothing is half done"


# --- who asks for what is not there -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "refusal"),
    [("in-1", NotFound), ("out-99", NotFound), ("17", Invalid), ("", Invalid), ("in-x", Invalid)],
)
def test_an_id_that_is_none(small_office: Office, written: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        retry(small_office, written)


def test_what_is_not_set_aside_is_not_played_again(small_office: Office) -> None:
    row = small_office.queue("lan", "Thông báo")
    with pytest.raises(Conflict, match=f"out-{row} is not set aside: it is queued"):
        retry(small_office, f"out-{row}")


def test_what_was_erased_is_not_played_again(small_office: Office) -> None:
    row = Inbox(
        channel="fake", bot="1", external_id="1", chat="lan", received_at=MORNING, not_before=MORNING, state="aside"
    )
    small_office.database.write_now(lambda s: s.add(row))
    with pytest.raises(Conflict, match="secret marking"):
        retry(small_office, "in-1")
