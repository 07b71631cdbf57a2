"""What is prepared says and stores what SQLAlchemy does for the same statement, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlmodel import Session

from models.columns import core
from models.database import Database
from models.prepared import Prepared
from models.tables import Bloc, Cursor, Timeline

AT = datetime(2024, 3, 5, 1, 30, tzinfo=UTC)
TIMELINE, CURSOR, BLOC = core(Timeline), core(Cursor), core(Bloc)
LINES: list[dict[str, Any]] = [
    {"chat": chat, "mine": mine, "text": words, "at": AT, "files": files, "choices": []}
    for chat, mine, words, files in (
        ("an", True, "K5 70%", []),
        ("an", False, "Đã ghi nhận: 100% ở K5.", [{"name": "báo cáo.pdf"}]),
        ("binh", True, "K5 xong", [{"name": "1"}, {"name": "2"}]),
    )
]
ADD = Prepared(insert(TIMELINE))
OF = (
    select(TIMELINE.c.id, TIMELINE.c.mine, TIMELINE.c.text, TIMELINE.c.at, TIMELINE.c.files, TIMELINE.c.outbox_id)
    .where(TIMELINE.c.chat.in_(bindparam("chats", expanding=True)), TIMELINE.c.at <= bindparam("until"))
    .order_by(TIMELINE.c.id)
)
FOUND = Prepared(OF)


@pytest.fixture
def filled(database: Database) -> Database:
    assert database.write_now(lambda session: ADD.run_each(session, LINES)) == len(LINES)
    return database


@pytest.mark.parametrize("chats", [["an"], ["an", "binh"], ["nobody"], []])
def test_the_rows_are_those_of_sqlalchemy(filled: Database, chats: list[str]) -> None:
    given = {"chats": chats, "until": AT}
    ours = filled.read_now(lambda session: FOUND.all(session, given))
    theirs = filled.read_now(lambda session: session.execute(OF, given).all())
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]


def test_types_come_back_as_they_went_in(filled: Database) -> None:
    row = filled.read_now(lambda session: FOUND.first(session, {"chats": ["binh"], "until": AT}))
    assert (row.mine, row.text, row.at, row.files) == (True, "K5 xong", AT, [{"name": "1"}, {"name": "2"}])
    assert row.outbox_id is None


def test_a_list_is_a_value_where_no_list_of_values_is_meant(database: Database) -> None:
    put = Prepared(insert(TIMELINE).returning(TIMELINE.c.choices))
    for choices in ([], [{"code": "1"}], [{"code": "1"}, {"code": "2"}]):
        line = LINES[0] | {"choices": choices}
        assert database.write_now(lambda session, line=line: put.scalar(session, line)) == choices


def test_what_changes_nothing_says_so(filled: Database) -> None:
    rename = Prepared(update(TIMELINE).where(TIMELINE.c.chat == bindparam("of")).values(chat=bindparam("to")))
    assert filled.write_now(lambda session: rename.run(session, {"of": "an", "to": "a"})) == 2
    assert filled.write_now(lambda session: rename.run(session, {"of": "an", "to": "a"})) == 0
    assert filled.write_now(lambda session: rename.run_each(session, [])) == 0
    assert filled.read_now(lambda session: FOUND.first(session, {"chats": ["an"], "until": AT})) is None


def test_mishaps_are_those_of_sqlalchemy_and_tell_no_values(database: Database) -> None:
    move = Prepared(insert(CURSOR))
    database.write_now(lambda session: move.run(session, {"name": "telegram:1", "position": 5}))
    with pytest.raises(IntegrityError) as met:
        database.write_now(lambda session: move.run(session, {"name": "telegram:1", "position": 77}))
    assert "77" not in str(met.value)
    assert database.read_now(lambda session: session.get(Cursor, "telegram:1")).position == 5  # type: ignore[union-attr]


def test_a_default_that_lives_in_python_is_not_left_out_unseen(database: Database) -> None:
    lacking = Prepared(insert(BLOC))
    with pytest.raises(AssertionError, match="lives in Python"):
        database.write_now(lambda session: lacking.run(session, {"slug": "a", "name": "A", "settings": {}}))


def test_a_connection_that_the_server_has_ended_is_not_used_again(postgresql_database: Database) -> None:
    position = Prepared(select(CURSOR.c.position))
    end = text("SELECT pg_terminate_backend(:pid)")

    def lose(session: Session) -> None:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        postgresql_database.read_now(lambda other: other.execute(end, {"pid": pid}))
        position.all(session)

    with pytest.raises(OperationalError):
        postgresql_database.write_now(lose)
    assert postgresql_database.write_now(position.all) == []
