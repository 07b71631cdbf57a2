"""The mouth over the real API and database, against a platform that misbehaves."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from bot.channels.base import Deaf, Gone, Limited, Moved, Passing, Refused, Trouble, Uncertain, Unreachable
from bot.lines import Line
from bot.mouth import Mouth, utc_now
from models.tables import Address
from models.wire import Attachment, Say
from tests.fakes.channel import ArrivedUnanswered
from tests.fakes.office import Office, eventually, living
from tests.fakes.wire import Cut, Wire


async def test_what_is_queued_arrives_in_order(office: Office) -> None:
    async with living(office.mouth()):
        rows = [office.queue("lan", f"text {number}") for number in range(3)]
        assert await office.platform.until_arrived("lan", 3) == ["text 0", "text 1", "text 2"]
        await office.until(*rows)
    assert [office.counter.row(row).external_id for row in rows] == ["m1", "m2", "m3"]


async def test_more_replies_at_once_than_hands_stop_nobody(small_office: Office) -> None:
    small_office.platform.latency_s = 0.05
    for number in range(90):
        small_office.platform.person_says(f"chat{number}", "xin chào")
    mouth = small_office.mouth()
    async with living(small_office.ears(mouth), mouth):
        await eventually(lambda: len(small_office.platform.arrivals()) == 90, within_s=40)
        row = small_office.queue("lan", "x")
        await small_office.until(row)


async def test_two_mouths_share_the_work(office: Office) -> None:
    office.platform.latency_s = 0.005
    rows = [office.queue(f"chat{number % 12}", f"text {number}") for number in range(36)]
    async with living(office.mouth(Wire(office.app)), office.mouth(Wire(office.app))):
        await office.until(*rows, within_s=40)
    assert len(office.platform.arrivals()) == 36
    assert office.platform.crowded == []
    for number in range(12):
        assert office.platform.what_arrived(f"chat{number}") == [f"text {number + 12 * turn}" for turn in range(3)]


@pytest.mark.parametrize(
    ("trouble", "state"),
    [(Refused("message is too long"), "failed"), (Unreachable("bot was blocked by the user"), "failed")],
)
async def test_what_cannot_be_sent_ends_with_its_reason(small_office: Office, trouble: Trouble, state: str) -> None:
    small_office.platform.next_sends(trouble)
    row = small_office.queue("lan", "x")
    async with living(small_office.mouth()):
        await small_office.until(row, state=state)
    assert small_office.counter.row(row).why == str(trouble)
    shut = small_office.counter.database.read_now(lambda s: s.get_one(Address, 1).state)
    assert shut == ("blocked" if isinstance(trouble, Unreachable) else "open")


async def test_a_chat_that_is_gone_is_known_to_be(small_office: Office) -> None:
    small_office.platform.next_sends(Gone("user is deactivated"))
    row = small_office.queue("lan", "x")
    async with living(small_office.mouth()):
        await small_office.until(row, state="failed")
    assert small_office.database.read_now(lambda s: s.get_one(Address, 1).state) == "gone"


@pytest.mark.parametrize("known", [False, True], ids=["a new id", "an id that has spoken already"])
async def test_a_chat_that_moved_is_followed(small_office: Office, known: bool) -> None:
    small_office.platform.next_sends(Moved("the group has another id now", "lan-2"))
    if known:
        small_office.counter.address("lan-2")
    rows = [small_office.queue("lan", "one"), small_office.queue("lan", "two")]
    async with living(small_office.mouth()):
        await small_office.until(*rows)
    assert small_office.platform.what_arrived("lan-2") == ["one", "two"]
    assert small_office.platform.what_arrived("lan") == []


async def test_a_file_that_the_channel_cannot_carry_is_said_not_to_come(small_office: Office) -> None:
    file = Attachment(receipt=147, name="bc.pdf", size=10)
    row = small_office.counter.queue("lan", None, say=Say(text="Minh chứng BN-0147.", file=file))
    small_office.home.bell.ring()
    async with living(small_office.mouth()):
        await small_office.until(row)
    assert small_office.platform.what_arrived("lan")[0].startswith("Minh chứng BN-0147.\nKênh này không gửi được tệp")


async def test_a_passing_fault_is_tried_again(small_office: Office) -> None:
    small_office.platform.next_sends(Passing("502"))
    row = small_office.queue("lan", "x")
    async with living(small_office.mouth()):
        await small_office.until(row, state="queued")
        await eventually(lambda: small_office.counter.row(row).trouble == 1)
        small_office.change(row, not_before=utc_now())
        await small_office.until(row)
    assert small_office.platform.what_arrived("lan") == ["x"]


async def test_a_429_spends_no_try(small_office: Office) -> None:
    small_office.platform.next_sends(Limited("too many requests", 0.3))
    row = small_office.queue("lan", "x")
    async with living(small_office.mouth()):
        await small_office.until(row)
    assert small_office.counter.row(row).trouble == 0


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_send_without_an_answer_is_repeated_once(small_office: Office, arrived: bool) -> None:
    lost = Uncertain("no answer in time")
    small_office.platform.next_sends(ArrivedUnanswered(lost) if arrived else lost)
    row = small_office.queue("lan", "x")
    async with living(small_office.mouth()):
        await eventually(lambda: small_office.counter.row(row).repeated)
        small_office.change(row, not_before=utc_now())
        await small_office.until(row)
    assert small_office.platform.what_arrived("lan") == ["x"] * (2 if arrived else 1)


async def test_a_wrong_token_is_noticed_and_the_mended_one_too(small_office: Office) -> None:
    small_office.platform.next_sends(Deaf("401"), Deaf("401"))
    row = small_office.queue("lan", "x")
    mouth = small_office.mouth()
    async with living(mouth):
        await eventually(lambda: mouth.deaf)
        assert mouth.deaf == "401"
        await small_office.until(row)
    assert mouth.deaf is None
    assert small_office.platform.what_arrived("lan") == ["x"]


async def test_whoever_is_let_in_again_does_not_sit_out_the_pause(small_office: Office) -> None:
    small_office.platform.next_sends(Deaf("401"))
    row = small_office.queue("lan", "x")
    mouth = Mouth(small_office.platform, small_office.client(), wait_s=0.3, first_pause=60, longest_pause=60)
    async with living(small_office.ears(mouth), mouth):
        await eventually(lambda: mouth.deaf)
        small_office.change(row, not_before=utc_now())
        small_office.platform.person_says("minh", "xin chào")
        await small_office.until(row)


# --- the API is away ----------------------------------------------------------------------------------------------


async def test_an_outage_of_the_api_is_waited_out(small_office: Office) -> None:
    small_office.wire.is_down = True
    row = small_office.queue("lan", "x")
    async with living(small_office.mouth()):
        await asyncio.sleep(0.2)
        small_office.wire.is_down = False
        await small_office.until(row)
    assert small_office.platform.what_arrived("lan") == ["x"]


@pytest.mark.parametrize("lost", ["loses_requests", "loses_answers"])
async def test_what_was_sent_is_reported_until_it_is_heard(small_office: Office, lost: str) -> None:
    getattr(small_office.wire, lost)("outbox/settle", 4)
    rows = [small_office.queue("lan", "one"), small_office.queue("lan", "two")]
    async with living(small_office.mouth()):
        await small_office.until(*rows)
    assert small_office.platform.what_arrived("lan") == ["one", "two"]


# --- dying and closing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kill", "path", "arrivals"),
    [
        ("kills_before", "outbox/claim", 1),
        ("kills_after", "outbox/claim", 1),
        ("kills_before", "outbox/settle", 2),
        ("kills_after", "outbox/settle", 1),
    ],
)
async def test_a_killed_mouth_loses_nothing(office: Office, kill: str, path: str, arrivals: int) -> None:
    getattr(office.wire, kill)(path)
    row = office.queue("lan", "x")
    dying = asyncio.create_task(office.mouth().run())
    with suppress(Cut, TimeoutError):
        await asyncio.wait_for(dying, 0.7)
    if office.counter.row(row).lease_until:
        office.change(row, lease_until=utc_now() - timedelta(seconds=1))
    async with living(office.mouth(Wire(office.app))):
        await office.until(row)
    assert office.platform.what_arrived("lan") == ["x"] * arrivals


async def test_no_send_begins_on_a_lease_that_is_nearly_over(small_office: Office) -> None:
    late = small_office.mouth(clock=lambda: utc_now() + timedelta(seconds=45))
    row = small_office.queue("lan", "x")
    async with living(late):
        await eventually(lambda: small_office.counter.row(row).attempt > 1)
    assert small_office.platform.arrivals() == []
    assert not small_office.counter.row(row).repeated


async def test_a_mouth_that_closes_finishes_its_sends_and_gives_back_the_rest(small_office: Office) -> None:
    small_office.platform.latency_s = 0.3
    first = small_office.queue("lan", "on its way")
    async with living(small_office.mouth()):
        await eventually(lambda: small_office.platform.in_flight.get("lan"))
        later = small_office.queue("lan", "not begun")
    assert small_office.counter.row(first).state == "sent"
    assert small_office.counter.row(later).state == "queued"
    assert not small_office.counter.row(later).repeated


async def test_a_line_that_is_told_to_end_has_let_go_of_its_claim(small_office: Office) -> None:
    """Its ears end at once; what the mouth's open claim would still bring must not be leased to nobody."""
    mouth = small_office.mouth()
    line = Line(small_office.platform, small_office.client(), small_office.ears(mouth), mouth)
    at_work = asyncio.create_task(line.live())
    row = small_office.queue("lan", "x")
    await small_office.until(row)
    at_work.cancel()
    with suppress(asyncio.CancelledError):
        await at_work
    later = small_office.queue("lan", "nobody is there")
    await asyncio.sleep(0.5)
    assert (small_office.counter.row(later).state, small_office.counter.row(later).attempt) == ("queued", 0)


async def test_a_line_whose_ears_break_ends(small_office: Office) -> None:
    mouth = small_office.mouth()
    line = Line(small_office.platform, small_office.client(), small_office.ears(mouth), mouth)
    small_office.platform.fails_to_hear(ZeroDivisionError("a bug"))
    with pytest.raises(ExceptionGroup):
        async with asyncio.timeout(10):
            await line.live()
