"""Link codes: one for each open place, used by one chat once, dead after 45 days."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from sqlmodel import Session

from api.refusals import Conflict, NotFound
from api.services import invitations
from api.shapes import InvitationLine
from bot.dialogue.values import Invited
from models.database import Database
from models.tables import Address, Agency, Audit, Binding, Invitation, Person, Post
from tests.api.loading.covenants import at, load, put, rows, shipped, small

T = TypeVar("T")
NOW = at("2024-04-02 09:00")
WIRE = datetime(2026, 11, 25, 8, tzinfo=UTC)
DAY = timedelta(days=1)

DESK = "short: CA, people: [{name: Trần Bình, role: desk, phone: 0209 387 0222}]"


def invite(database: Database, wire: datetime = WIRE, telegram: str | None = "giaouoc_bot") -> list[InvitationLine]:
    bots = {"telegram": [telegram]} if telegram else {}
    return database.write_now(
        lambda session: invitations.invite(session, 1, NOW, wire, "https://giaouoc.example/", bots)
    )


def code(lines: list[InvitationLine], agency: str, role: str) -> str:
    [line] = [line for line in lines if (line.agency, line.role) == (agency, role)]
    assert line.code is not None
    return line.code


def look_up(database: Database, code: str, wire: datetime = WIRE) -> Invited:
    return database.read_now(lambda session: invitations.look_up(session, code, wire))


def chat(database: Database, name: str) -> int:
    return put(database, Address(channel="web", bot="main", chat=name, created_at=WIRE))[0]


def bind(database: Database, code: str, address: int, name: str | None, wire: datetime = WIRE) -> Post:
    invitation = look_up(database, code, wire).invitation_id
    assert invitation is not None
    return database.write_now(lambda session: invitations.bind(session, invitation, address, name, NOW, wire))


def ask(database: Database, question: Callable[[Session], T]) -> T:
    return database.write_now(question)


def test_every_place_of_a_bloc_gets_one_code(database: Database) -> None:
    load(database, shipped("noi-chinh-bac-kan-2024"))

    lines = invite(database)

    of_everyone = {(agency.name, role) for agency in rows(database, Agency) for role in ("focal", "deputy_focal")}
    leaders = {(agency.name, "leader") for agency in rows(database, Agency)}
    leaders -= {("Công an tỉnh", "leader"), ("Cục Quản lý thị trường", "leader")}
    seats = {("Công an tỉnh", "head"), ("Công an tỉnh", "desk"), ("Cục Quản lý thị trường", "deputy_head")}
    assert {(line.agency, line.role) for line in lines} == of_everyone | leaders | seats
    assert len(lines) == len({line.code for line in lines}) == 28
    assert all(line.code and len(line.code) == 8 and line.code.isdigit() for line in lines)


def test_a_line_has_the_links_of_the_channels_that_are_on(database: Database) -> None:
    load(database, small())

    first = invite(database)[0]

    assert first.model_dump() == {
        "bloc": "vi-du",
        "agency": "Công an tỉnh",
        "person": None,
        "role": "focal",
        "code": first.code,
        "telegram_url": f"https://t.me/giaouoc_bot?start={first.code}",
        "zalo_url": None,
        "web_url": f"https://giaouoc.example/chat?code={first.code}",
        "expires_at": WIRE + 45 * DAY,
    }
    assert invite(database, telegram=None)[0].telegram_url is None


def test_inviting_again_gives_the_codes_that_still_live(database: Database) -> None:
    load(database, small())
    lines = invite(database)

    assert invite(database, WIRE + 44 * DAY) == lines
    assert not {line.code for line in lines} & {line.code for line in invite(database, WIRE + 45 * DAY)}


def test_who_is_linked_is_not_invited_again(database: Database) -> None:
    load(database, small())
    lines = invite(database)
    bind(database, code(lines, "Sở Tư pháp", "focal"), chat(database, "a"), "Nguyễn An")

    left = {(line.agency, line.role) for line in invite(database)}
    assert left == {(line.agency, line.role) for line in lines} - {("Sở Tư pháp", "focal")}


def test_an_agency_that_uses_no_application_is_told_without_a_code(database: Database) -> None:
    load(database, small(("short: TTT", "short: TTT, off_channel: true")))

    lines = [line for line in invite(database) if line.agency == "Thanh tra tỉnh"]

    assert [(line.role, line.code is None, line.web_url is None, line.expires_at is None) for line in lines] == [
        ("focal", True, True, True),
        ("deputy_focal", True, True, True),
        ("leader", False, False, False),
    ]


def test_a_bloc_without_agencies_has_nobody_to_invite(database: Database) -> None:
    load(database, shipped("tu-phap-dien-bien-2023"), "2023-02-01 09:00")
    assert invite(database) == []


def test_a_person_named_in_the_file_is_invited_by_name_and_bound_as_such(database: Database) -> None:
    load(database, small(("short: CA", DESK)))
    lines = invite(database)
    [desk] = [line for line in lines if line.role == "desk"]
    assert desk.person == "Trần Bình"

    post = bind(database, desk.code or "", chat(database, "a"), "Bình 0912")

    assert [person.name for person in rows(database, Person)] == ["Trần Bình"]
    assert [row.id for row in rows(database, Post)] == [post.id]


def test_a_code_given_out_before_the_person_was_known_is_the_person_s(database: Database) -> None:
    load(database, small())
    before = code(invite(database), "Công an tỉnh", "desk")
    load(database, small(("short: CA", DESK)))

    [desk] = [line for line in invite(database) if line.role == "desk"]
    assert (desk.code, desk.person) == (before, "Trần Bình")


def test_a_typed_code_tells_its_place_whatever_stands_between_its_digits(database: Database) -> None:
    load(database, small())
    typed = code(invite(database), "Sở Tư pháp", "focal")

    for written in (typed, f"{typed[:4]} {typed[4:]}", f"{typed[:4]}-{typed[4:]}", f" {typed} "):
        invited = look_up(database, written)
        assert (invited.state, invited.role) == ("good", "focal")
        assert (invited.bloc, invited.agency, invited.person) == ("Khối Ví dụ", "Sở Tư pháp", None)


def test_a_code_is_unknown_used_expired_or_replaced(database: Database) -> None:
    load(database, small())
    typed = code(invite(database), "Sở Tư pháp", "focal")
    assert look_up(database, typed, WIRE + 45 * DAY).state == "expired"

    [stp] = rows(database, Agency, short="STP")
    newer = ask(database, lambda session: invitations.new_code(session, 1, stp.id, "focal", WIRE + DAY))
    assert (look_up(database, typed).state, look_up(database, newer).state) == ("revoked", "good")

    bind(database, newer, chat(database, "a"), "An")
    assert look_up(database, newer).state == "used"
    assert look_up(database, "99999999x").state == look_up(database, "").state == "unknown"


def test_a_new_code_lives_beside_those_of_other_places(database: Database) -> None:
    load(database, small())
    lines = invite(database)
    [stp] = rows(database, Agency, short="STP")

    newer = ask(database, lambda session: invitations.new_code(session, 1, stp.id, "focal", WIRE))

    for line in invite(database):
        is_new = (line.agency, line.role) == ("Sở Tư pháp", "focal")
        assert line.code == (newer if is_new else code(lines, line.agency or "", line.role))


def test_a_new_code_for_an_agency_of_another_bloc_is_refused(database: Database) -> None:
    load(database, small())
    with pytest.raises(NotFound):
        ask(database, lambda session: invitations.new_code(session, 2, 1, "focal", WIRE))


def test_binding_makes_person_post_and_binding_and_says_so_in_the_audit(database: Database) -> None:
    load(database, small())
    address = chat(database, "a")

    post = bind(database, code(invite(database), "Sở Tư pháp", "focal"), address, "Nguyễn An")

    [person] = rows(database, Person)
    [binding] = rows(database, Binding)
    assert (person.name, post.person_id, post.role) == ("Nguyễn An", person.id, "focal")
    assert (post.since.isoformat(), post.until) == ("2024-04-02", None)
    assert (binding.address_id, binding.post_id, binding.bound_at) == (address, post.id, NOW)
    audit = rows(database, Audit)[-1]
    assert (audit.actor, audit.deed, audit.subject) == (f"address:{address}", "bind", f"post:{post.id}")
    assert "Nguyễn" not in str(audit.detail)


@pytest.mark.parametrize("wire", [WIRE, WIRE + 50 * DAY], ids=["used", "expired"])
def test_a_code_that_is_not_good_any_more_binds_nobody(database: Database, wire: datetime) -> None:
    load(database, small())
    typed = code(invite(database), "Sở Tư pháp", "focal")
    if wire == WIRE:
        bind(database, typed, chat(database, "a"), "An")
    before = rows(database, Binding)

    with pytest.raises(Conflict):
        bind(database, typed, chat(database, "b"), "Bình", wire)
    assert rows(database, Binding) == before


def test_of_two_chats_that_confirm_at_once_one_is_bound(database: Database) -> None:
    load(database, small())
    typed = code(invite(database), "Sở Tư pháp", "focal")
    chats = [chat(database, name) for name in "abcd"]

    def confirm(address: int) -> bool:
        try:
            return bind(database, typed, address, f"Người {address}").id is not None
        except Conflict:
            return False

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(confirm, chats)) == [False, False, False, True]
    assert len(rows(database, Binding)) == len(rows(database, Post)) == len(rows(database, Person)) == 1


def test_one_person_can_speak_for_two_agencies(database: Database) -> None:
    load(database, small())
    lines, address = invite(database), chat(database, "a")

    bind(database, code(lines, "Sở Tư pháp", "focal"), address, "Nguyễn An")
    bind(database, code(lines, "Thanh tra tỉnh", "focal"), address, "Nguyễn An")

    assert [person.name for person in rows(database, Person)] == ["Nguyễn An"]
    assert len(rows(database, Post)) == len(rows(database, Binding)) == 2


def test_two_people_of_one_office_account_are_two(database: Database) -> None:
    load(database, small())
    lines, address = invite(database), chat(database, "a")

    bind(database, code(lines, "Sở Tư pháp", "focal"), address, "Văn phòng Sở")
    bind(database, code(lines, "Sở Tư pháp", "deputy_focal"), address, "Văn phòng Sở")

    assert len(rows(database, Person)) == 2


def test_who_changes_the_telephone_stays_the_same_person(database: Database) -> None:
    load(database, small())
    bind(database, code(invite(database), "Sở Tư pháp", "focal"), chat(database, "old"), "Nguyễn An")
    [stp] = rows(database, Agency, short="STP")
    newer = ask(database, lambda session: invitations.new_code(session, 1, stp.id, "focal", WIRE))

    bind(database, newer, chat(database, "new"), "nguyễn an")

    assert len(rows(database, Person)) == len(rows(database, Post)) == 1
    assert len(rows(database, Binding)) == 2


def test_a_chat_without_a_name_is_somebody_of_the_agency(database: Database) -> None:
    load(database, small())
    bind(database, code(invite(database), "Sở Tư pháp", "focal"), chat(database, "a"), None)
    assert [person.name for person in rows(database, Person)] == ["Cán bộ của Sở Tư pháp"]


def test_a_rotation_renames_the_places_and_keeps_their_codes(database: Database) -> None:
    load(database, small())
    head = code(invite(database), "Công an tỉnh", "head")
    load(database, small((", seat: head", ""), ("seat: deputy", "seat: head")))

    lines = invite(database)
    assert code(lines, "Công an tỉnh", "leader") == head
    assert {line.agency for line in lines if line.role in ("head", "desk")} == {"Sở Tư pháp"}


def test_a_stranger_is_told_the_desk_s_telephone_when_it_is_known(database: Database) -> None:
    load(database, small())
    assert ask(database, invitations.contact) is None
    load(database, small(("short: CA", DESK)))
    assert ask(database, invitations.contact) == "Trần Bình, Công an tỉnh, 0209 387 0222"


def test_a_house_of_several_blocs_names_no_desk_to_a_stranger(database: Database) -> None:
    load(database, small(("short: CA", DESK)))
    load(database, shipped("noi-chinh-bac-kan-2024"))
    assert ask(database, invitations.contact) is None


def test_no_code_is_ever_given_out_twice(sqlite_database: Database) -> None:
    load(sqlite_database, shipped("noi-chinh-bac-kan-2024"))
    for days in range(0, 200, 46):
        invite(sqlite_database, WIRE + days * DAY)
    codes = [invitation.code for invitation in rows(sqlite_database, Invitation)]
    assert len(codes) == len(set(codes)) == 5 * 28
