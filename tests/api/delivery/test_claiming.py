"""What a claim gives, and what it leaves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import insert, text
from sqlmodel import Session, col

from api.services.queues import delivery
from models.queue import CLAIM_OUTBOX
from models.tables import Bloc
from models.wire import Parcel
from tests.fakes.counter import Counter, told


def texts(parcels: list[Parcel]) -> list[str]:
    return [parcel.say.text for parcel in parcels]


# --- lanes --------------------------------------------------------------------------------------------------------


def test_one_message_an_address_and_the_next_when_it_is_settled(counter: Counter) -> None:
    for word in ("one", "two", "three"):
        counter.queue("lan", word)
    counter.queue("minh", "hello")
    first, other = counter.claim()
    assert texts([first, other]) == ["one", "hello"]
    assert counter.claim() == []
    counter.settle(told(first, "sent"))
    assert texts(counter.claim()) == ["two"]


def test_a_reply_overtakes_bulk_that_is_not_claimed(counter: Counter) -> None:
    counter.queue("lan", "reminder")
    counter.queue("lan", "answer", reply=True)
    assert texts(counter.claim()) == ["answer"]


def test_replies_go_before_everybodys_bulk(counter: Counter) -> None:
    for number in range(3):
        counter.queue(f"chat{number}", "bulk")
    counter.queue("late", "answer", reply=True)
    assert texts(counter.claim(n=2)) == ["answer", "bulk"]


def test_an_equal_waits_for_the_retry_of_the_one_before_it(counter: Counter) -> None:
    counter.queue("lan", "one")
    counter.queue("lan", "two")
    (first,) = counter.claim()
    counter.settle(told(first, "later", why="502"))
    assert counter.claim() == []
    counter.passes(seconds=10)
    assert texts(counter.claim()) == ["one"]


def test_a_reply_does_not_wait_for_the_retry_of_bulk(counter: Counter) -> None:
    counter.queue("lan", "bulk")
    (bulk,) = counter.claim()
    counter.settle(told(bulk, "later"))
    counter.queue("lan", "answer", reply=True)
    assert texts(counter.claim()) == ["answer"]


def test_bulk_does_not_wait_for_replies_that_cannot_leave(counter: Counter) -> None:
    """After an outage: the first answer rests for hours, the second one stands behind it."""
    counter.queue("lan", "first answer", reply=True)
    (answer,) = counter.claim()
    counter.settle(told(answer, "later", why="502"))
    counter.queue("lan", "second answer", reply=True)
    counter.queue("lan", "reminder")
    assert texts(counter.claim()) == ["reminder"]


def test_a_retry_that_falls_into_the_lunch_break_waits_for_its_end(counter: Counter) -> None:
    """By its pause it would be sent at noon. Found by the random months."""
    bloc = insert(Bloc).values(slug="khoi", name="Khối", kind="khối", settings={}, revision=0).returning(col(Bloc.id))
    bloc_id = counter.database.write_now(lambda session: session.execute(bloc).scalar_one())
    row = counter.queue("lan", "bulk", bloc_id=bloc_id)
    counter.passes(hours=2, minutes=28)
    (parcel,) = counter.claim()
    counter.settle(told(parcel, "later", why="502", retry_after_s=32 * 60))
    counter.passes(minutes=32)
    assert counter.claim() == [], "12:00"
    assert counter.row(row).state == "queued"
    counter.queue("lan", "answer", reply=True)
    (answer,) = counter.claim()
    assert answer.say.text == "answer", "replies know no hours"
    counter.settle(told(answer, "sent"))
    counter.passes(hours=1, minutes=31)
    assert texts(counter.claim()) == ["bulk"], "13:31"


def test_what_is_for_later_is_left(counter: Counter) -> None:
    counter.queue("lan", "later", not_before=counter.wire_now + timedelta(hours=1))
    assert counter.claim() == []
    counter.passes(hours=1)
    assert texts(counter.claim()) == ["later"]


def test_another_bots_messages_are_not_given(counter: Counter) -> None:
    counter.queue("lan", "mine")
    other = Counter(counter.database, bot="fake:2")
    assert other.claim() == []


def test_claims_at_once_share_the_work_and_never_a_message(counter: Counter) -> None:
    ids = [counter.queue(f"chat{number}", f"text {number}") for number in range(60)]
    with ThreadPoolExecutor(4) as threads:
        given = [parcel.id for parcels in threads.map(lambda _: counter.claim(n=7), range(12)) for parcel in parcels]
    assert sorted(given) == ids


def test_the_claim_goes_by_the_partial_indexes(sqlite_counter: Counter) -> None:
    """In a long queue a claim must not look at everything."""
    dialect = sqlite_counter.database._reading.dialect
    compiled = CLAIM_OUTBOX.statement.compile(dialect=dialect, compile_kwargs={"literal_binds": False})

    def plan(session: Session) -> str:
        raw = session.connection().connection.driver_connection
        steps = raw.execute(f"EXPLAIN QUERY PLAN {compiled}", [1] * len(compiled.positiontup))
        return "\n".join(row[3] for row in steps)

    steps = sqlite_counter.database.read_now(plan)
    assert "SEARCH candidate USING INDEX outbox_to_send" in steps
    assert "SEARCH other USING INDEX outbox_open_of_address" in steps


# --- words --------------------------------------------------------------------------------------------------------


def test_words_are_found_at_the_first_claim_and_frozen(counter: Counter) -> None:
    row = counter.queue("lan", None)
    counter.words[row] = "K5 còn 3 ngày"
    (first,) = counter.claim()
    assert first.say.text == "K5 còn 3 ngày"
    counter.words[row] = "K5 còn 2 ngày"
    counter.settle(told(first, "later"))
    counter.passes(minutes=1)
    (second,) = counter.claim()
    assert second.say.text == "K5 còn 3 ngày"


def test_a_message_of_which_nothing_is_left_is_withdrawn(counter: Counter) -> None:
    gone, kept = counter.queue("lan", None), counter.queue("lan", None)
    counter.words = {gone: None, kept: "still"}
    assert texts(counter.claim()) == []
    assert counter.row(gone).state == "withdrawn"
    assert counter.row(gone).attempt == 0
    assert texts(counter.claim()) == ["still"]


def test_withdrawn_ones_do_not_use_up_the_claim(counter: Counter) -> None:
    for number in range(5):
        counter.queue(f"gone{number}", None)
    counter.queue("lan", "here")
    assert texts(counter.claim(n=2)) == ["here"]


# --- expiry, and chats that are shut ------------------------------------------------------------------------------


def test_an_expired_message_is_not_sent_and_releases_its_rungs(counter: Counter) -> None:
    row = counter.queue("lan", None, expires_at=counter.now + timedelta(hours=1))
    counter.database.write_now(lambda session: _rung(session, row, counter))
    counter.passes(hours=1)
    assert counter.claim() == []
    assert counter.row(row).state == "expired"
    assert counter.database.read_now(_rungs) == [None]


def _rung(session: Session, row: int, counter: Counter) -> None:
    for statement in (
        "INSERT INTO bloc (id, slug, name, kind, settings, revision) VALUES (1, 'b', 'B', 'khối', '{}', 0)",
        "INSERT INTO season (id, bloc_id, year, starts_on, ends_on, started_at, closed) "
        "VALUES (1, 1, 2024, '2024-01-01', '2024-12-31', '2024-01-01 00:00:00', false)",
        "INSERT INTO agency (id, bloc_id, name, short, off_channel) VALUES (1, 1, 'Sở Tư pháp', 'STP', false)",
        "INSERT INTO milestone (id, season_id, key, number, title, due_on, owed_by, evidence, aliases, is_default, "
        "is_report, important, outside, ad_hoc) "
        "VALUES (1, 1, 'M05', 5, 'Sơ kết', '2024-06-15', 'all', 'any', '[]', false, false, false, false, false)",
        "INSERT INTO obligation (id, season_id, milestone_id, agency_id, followed) VALUES (1, 1, 1, 1, true)",
        "INSERT INTO person (id, name) VALUES (1, 'Nguyễn Thị Lan')",
        "INSERT INTO reminder (obligation_id, due_on, rung, person_id, round, planned_at, kind, outbox_id) "
        f"VALUES (1, '2024-06-15', -3, 1, 0, '2024-06-12 01:00:00', 'rung', {row})",
    ):
        session.execute(text(statement))


def _rungs(session: Session) -> list[int | None]:
    return list(session.execute(text("SELECT outbox_id FROM reminder")).scalars())


def test_an_expired_message_that_may_have_arrived_keeps_its_rungs(counter: Counter) -> None:
    row = counter.queue("lan", "x", expires_at=counter.now + timedelta(minutes=1))
    counter.database.write_now(lambda session: _rung(session, row, counter))
    (parcel,) = counter.claim()
    counter.settle(told(parcel, "uncertain"))
    counter.passes(minutes=2)
    assert counter.claim() == []
    assert counter.row(row).state == "uncertain"
    assert counter.database.read_now(_rungs) == [row]


def test_nothing_is_sent_to_a_chat_that_is_shut(counter: Counter) -> None:
    first, second = counter.queue("lan", "one"), counter.queue("lan", "two")
    (parcel,) = counter.claim()
    counter.settle(told(parcel, "unreachable", why="bot was blocked by the user"))
    assert counter.claim() == []
    assert {counter.row(first).state, counter.row(second).state} == {"failed"}
    assert counter.row(first).why == "bot was blocked by the user"


def test_a_merged_message_is_queued_once_a_person_and_day(counter: Counter) -> None:
    counter.queue("lan", None, merge_key="7:2024-06-12")
    address = counter.address("lan")
    again = counter.database.write_now(
        lambda s: delivery.queue(
            s, bot="fake:1", address_id=address, kind="reminder", now=counter.now, wire_now=counter.wire_now,
            merge_key="7:2024-06-12",
        )
    )  # fmt: skip
    assert again is None
