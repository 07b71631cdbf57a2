"""Who may do what over HTTP. Every route stands in one of two tables: a new one without its line fails here."""

import re
from collections.abc import Iterator, Set
from datetime import timedelta
from typing import NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from sqlmodel import Session, select

from api.app import create_app
from api.security import caller
from api.services import tokens
from api.services.loading import blocfile, loading
from models.tables import Post, Token
from tests.api.building import NOW, OTHER, OURS, PEOPLE, ROLES, ApiHouse, agency_id_of

Route = tuple[str, str]

OPEN = {
    ("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"),
    ("GET", "/"), ("GET", "/chat"), ("POST", "/chat/session"), ("POST", "/chat/messages"), ("POST", "/chat/files"),
    ("GET", "/chat/timeline"), ("POST", "/chat/seen"), ("GET", "/chat/events"),
    ("GET", "/demo/clock"), ("POST", "/demo/pause"), ("POST", "/demo/resume"),
}  # fmt: skip
"""Whoever watches the process, and our own pages (a cookie, not a token)."""
OPEN_BELOW = ("/u/{token}", "/p/{signed}")
"""Addresses that are secrets themselves."""

WHOLE_BLOC = {"admin", "head", "desk", "auditor", "admin_of_ours", "desk_of_ours"} | {
    "head_person", "desk_person", "deputy_person", "auditor_person",
}  # fmt: skip
STEERING = WHOLE_BLOC - {"auditor", "auditor_person", "deputy_person"}
"""The head, the head's desk, the administrator."""
ORDERING = STEERING | {"deputy_person"}
"""Whoever may order something in chat."""
OWN_AGENCY = {"focal", "member_leader"}
OF_OTHER_BLOC = {"auditor_of_other", "admin_of_other"}
READERS = WHOLE_BLOC | OWN_AGENCY | {"colleague"} | OF_OTHER_BLOC
BOT = {"bot", "own"}


class Rule(NamedTuple):
    """A request to the route, and who passes: whoever else has a token meets 403, or 404 where even that the thing
    exists is nobody's business."""

    path: str
    passes: Set[str]
    hidden_from: Set[str] = frozenset()
    json: object = None
    body: bytes | None = None


BLOC = f"/v1/blocs/{OURS}"
HEARD = {
    "channel": "telegram", "bot": "1", "external_id": "1", "chat": "5", "text": "xin chào",
    "sent_at": "2024-06-12T03:00:00Z",
}  # fmt: skip
RULES: dict[Route, Rule] = {
    ("GET", "/v1/blocs"): Rule("/v1/blocs", READERS),
    ("POST", "/v1/blocs"): Rule(
        "/v1/blocs?dry_run=true", {"admin", "admin_of_ours"}, body=blocfile.sample(f"{OURS}-2024").encode()
    ),
    ("GET", "/v1/blocs/{bloc}/status"): Rule(f"{BLOC}/status", READERS - OF_OTHER_BLOC, OF_OTHER_BLOC),
    ("GET", "/v1/blocs/{bloc}/obligations"): Rule(f"{BLOC}/obligations", READERS - OF_OTHER_BLOC, OF_OTHER_BLOC),
    ("GET", "/v1/blocs/{bloc}/obligations/{code}/story"): Rule(
        f"{BLOC}/obligations/K5-STP/story", WHOLE_BLOC | OWN_AGENCY, OF_OTHER_BLOC
    ),
    **{
        ("POST", f"/v1/blocs/{{bloc}}/obligations/{{code}}/{deed}"): Rule(
            f"{BLOC}/obligations/K99-STP/{deed}", ORDERING, {"admin_of_other"}, json=body
        )
        for deed, body in (
            ("review", {"verdict": "confirm"}),
            ("extension", {"decision": "grant"}),
            ("waiver", {"reason": "không"}),
        )
    },
    **{
        ("DELETE", f"/v1/blocs/{{bloc}}/obligations/{{code}}/{deed}"): Rule(
            f"{BLOC}/obligations/K99-STP/{deed}", ORDERING, {"admin_of_other"}
        )
        for deed in ("review", "extension", "waiver")
    },
    ("GET", "/v1/blocs/{bloc}/messages"): Rule(f"{BLOC}/messages", READERS - OF_OTHER_BLOC, OF_OTHER_BLOC),
    ("POST", "/v1/blocs/{bloc}/invitations"): Rule(
        f"{BLOC}/invitations", {"admin", "desk", "admin_of_ours", "desk_of_ours", "desk_person"}, {"admin_of_other"}
    ),
    ("GET", "/v1/blocs/{bloc}/rehearsal"): Rule(f"{BLOC}/rehearsal?days=1", WHOLE_BLOC, OF_OTHER_BLOC),
    ("GET", "/v1/blocs/{bloc}/policy"): Rule(f"{BLOC}/policy", WHOLE_BLOC, OF_OTHER_BLOC),
    ("PUT", "/v1/blocs/{bloc}/policy"): Rule(f"{BLOC}/policy", STEERING, {"admin_of_other"}, json={}),
    ("GET", "/v1/blocs/{bloc}/calendar"): Rule(f"{BLOC}/calendar", WHOLE_BLOC, OF_OTHER_BLOC),
    ("PUT", "/v1/blocs/{bloc}/calendar"): Rule(f"{BLOC}/calendar", STEERING, {"admin_of_other"}, json={}),
    ("GET", "/v1/blocs/{bloc}/broadcasts"): Rule(f"{BLOC}/broadcasts", WHOLE_BLOC, OF_OTHER_BLOC),
    ("POST", "/v1/blocs/{bloc}/broadcasts"): Rule(
        f"{BLOC}/broadcasts", ORDERING, {"admin_of_other"}, json={"text": "Kính mời dự họp"}
    ),
    ("GET", "/v1/blocs/{bloc}/broadcasts/{number}"): Rule(f"{BLOC}/broadcasts/99", WHOLE_BLOC, OF_OTHER_BLOC),
    **{
        ("POST", f"/v1/blocs/{{bloc}}/broadcasts/{{number}}/{deed}"): Rule(
            f"{BLOC}/broadcasts/99/{deed}", ORDERING, {"admin_of_other"}
        )
        for deed in ("stop", "resume", "again")
    },
    ("GET", "/v1/evidence/{receipt}"): Rule(
        "/v1/evidence/{receipt}", WHOLE_BLOC | OWN_AGENCY, OF_OTHER_BLOC | {"colleague"} | BOT
    ),
    ("GET", "/v1/aside"): Rule("/v1/aside", {"admin"}),
    ("POST", "/v1/aside/{id}/retry"): Rule("/v1/aside/in-999/retry", {"admin"}),
    ("PUT", "/v1/incoming"): Rule("/v1/incoming", BOT, body=b"bytes"),
    ("POST", "/v1/inbox"): Rule("/v1/inbox", BOT, json={"items": [HEARD]}),
    ("POST", "/v1/inbox/claim"): Rule("/v1/inbox/claim", BOT, json={"bot": "telegram:1"}),
    ("POST", "/v1/outbox/claim"): Rule("/v1/outbox/claim", BOT, json={"bot": "telegram:1"}),
    ("GET", "/v1/outbox/{row}/link"): Rule("/v1/outbox/1/link", BOT),
    ("GET", "/v1/outbox/{row}/file"): Rule("/v1/outbox/1/file", BOT),
    ("POST", "/v1/outbox/settle"): Rule("/v1/outbox/settle", BOT, json={"outcomes": []}),
    ("POST", "/v1/timeline"): Rule("/v1/timeline", BOT, json={"outbox_id": 1, "chat": "a", "text": "b"}),
    ("GET", "/v1/cursors/{name}"): Rule("/v1/cursors/telegram:1", BOT),
    ("PUT", "/v1/cursors/{name}"): Rule("/v1/cursors/telegram:1", BOT, json={"position": 1}),
}
CALLERS = sorted({*ROLES, *PEOPLE, "own"})


def routes(app: FastAPI) -> Iterator[tuple[Route, Dependant | None]]:
    """Every route that code of ours serves, with what it depends on."""
    for context in iter_route_contexts(app.routes):
        served_by_us = context.path and context.path not in ("/openapi.json", "/docs", "/docs/oauth2-redirect")
        if served_by_us and not context.path.startswith(OPEN_BELOW):
            for method in (context.methods or set()) - {"HEAD"}:
                yield (method, context.path), getattr(context, "dependant", None)


def asks_who_calls(dependant: Dependant | None) -> bool:
    if dependant is None:
        return False
    return dependant.call is caller or any(asks_who_calls(inner) for inner in dependant.dependencies)


def test_every_route_has_its_line_here(api_house: ApiHouse) -> None:
    served = {route for route, _ in routes(create_app(api_house.home))}
    assert served - OPEN == set(RULES), "a route was added or removed: give it its line in RULES or OPEN"


def test_whatever_is_not_open_asks_who_calls(api_house: ApiHouse) -> None:
    unasked = [
        route for route, dependant in routes(api_house.app) if route not in OPEN and not asks_who_calls(dependant)
    ]
    assert unasked == []


def test_what_is_open_stands_outside_v1() -> None:
    assert [path for _, path in OPEN if path.startswith("/v1")] == []


@pytest.mark.parametrize("given", [None, "Bearer nobody", "Bearer ", "Basic YWRtaW46YWRtaW4="])
@pytest.mark.parametrize("route", sorted(RULES), ids=" ".join)
async def test_nobody_passes_without_a_token_that_is_known(
    api_house: ApiHouse, route: Route, given: str | None
) -> None:
    headers = {"Authorization": given} if given else {}
    rule = RULES[route]
    path = rule.path.format(receipt=api_house.receipts["STP"])
    answer = await api_house.ask(route[0], path, None, json=rule.json, content=rule.body, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("route", sorted(RULES), ids=" ".join)
async def test_each_caller_does_what_the_role_may(api_house: ApiHouse, route: Route) -> None:
    rule = RULES[route]
    path = rule.path.format(receipt=api_house.receipts["STP"])
    met: dict[str, int] = {}
    for who in CALLERS:
        body = {"json": rule.json} if rule.json is not None else {"content": rule.body}
        met[who] = (await api_house.ask(route[0], path, who, **body)).status_code
    refused = {who for who, status in met.items() if status in (401, 403)}
    hidden = {who for who in rule.hidden_from if met[who] == 404}
    assert hidden == rule.hidden_from
    assert refused == set(CALLERS) - rule.passes - rule.hidden_from
    assert {status for who, status in met.items() if who in rule.passes} <= {200, 204, 404}


# --- what those who pass are shown --------------------------------------------------------------------------------


async def test_a_focal_point_sees_the_own_agency_and_nothing_of_the_others(api_house: ApiHouse) -> None:
    status = await api_house.get(f"{BLOC}/status", "focal")
    assert [agency["short"] for agency in status["agencies"]] == ["STP"]
    obligations = await api_house.get(f"{BLOC}/obligations", "focal")
    assert {item["agency"] for item in obligations["items"]} == {"Sở Tư pháp"}
    messages = await api_house.get(f"{BLOC}/messages", "focal")
    assert {item["agency"] for item in messages["items"]} == {"Sở Tư pháp"}
    assert [line["bloc"] for line in (await api_house.get("/v1/blocs", "focal"))["items"]] == [OURS]


@pytest.mark.parametrize("path", [f"{BLOC}/obligations?agency=TTT", f"{BLOC}/obligations/K5-TTT/story"])
async def test_a_focal_point_is_refused_another_agency(api_house: ApiHouse, path: str) -> None:
    assert (await api_house.ask("GET", path, "focal")).status_code == 403


async def test_who_is_limited_to_a_bloc_sees_no_other(api_house: ApiHouse) -> None:
    for who in ("auditor_of_other", "admin_of_other"):
        assert [line["bloc"] for line in (await api_house.get("/v1/blocs", who))["items"]] == [OTHER]
        hidden = await api_house.ask("GET", f"{BLOC}/status", who)
        unknown = await api_house.ask("GET", "/v1/blocs/no-such-bloc/status", who)
        assert hidden.json()["detail"].replace(OURS, "…") == unknown.json()["detail"].replace("no-such-bloc", "…")
    for who in ("admin", "auditor"):
        assert len((await api_house.get("/v1/blocs", who))["items"]) == 2


async def test_a_limited_administrator_loads_no_other_bloc(api_house: ApiHouse) -> None:
    file = blocfile.sample(f"{OURS}-2024").encode()
    answer = await api_house.ask("POST", "/v1/blocs?dry_run=true", "admin_of_other", content=file)
    assert answer.status_code == 403


async def test_an_auditor_changes_nothing(api_house: ApiHouse) -> None:
    changing = [(route, rule) for route, rule in RULES.items() if route[0] != "GET"]
    for (method, _), rule in changing:
        for who in ("auditor", "auditor_person"):
            body = {"json": rule.json} if rule.json is not None else {"content": rule.body}
            assert (await api_house.ask(method, rule.path, who, **body)).status_code == 403


# --- rights follow posts and seats --------------------------------------------------------------------------------


def next_year() -> str:
    """In 2025 Cục Quản lý thị trường heads the bloc and Công an tỉnh is a member."""
    return (
        blocfile.sample(f"{OURS}-2024")
        .replace("season: 2024 ", "season: 2025 ")
        .replace("signed_on: 2024-03-29", "signed_on: 2025-03-14")
        .replace("short: CA, seat: head", "short: CA")
        .replace("short: QLTT, seat: deputy", "short: QLTT, seat: head")
    )


async def seen(house: ApiHouse, who: str, year: int) -> int:
    """Of how many agencies a caller sees the status."""
    return len((await house.get(f"{BLOC}/status?season={year}", who))["agencies"])


async def test_a_rotation_of_the_seat_changes_what_its_leaders_see(api_house: ApiHouse) -> None:
    file = blocfile.read(next_year(), "2025.yaml")
    await loading.load_file(api_house.home.database, file, NOW + timedelta(days=1))
    assert {who: await seen(api_house, who, 2024) for who in ("head_person", "desk_person", "deputy_person")} == {
        "head_person": 9, "desk_person": 9, "deputy_person": 9,
    }  # fmt: skip
    assert {who: await seen(api_house, who, 2025) for who in ("head_person", "desk_person", "deputy_person")} == {
        "head_person": 1, "desk_person": 1, "deputy_person": 9,
    }  # fmt: skip
    assert await seen(api_house, "member_leader", 2025) == 1


@pytest.mark.parametrize(
    ("since", "until", "passes"), [(0, None, True), (1, None, False), (-9, 0, False), (-9, 1, True)]
)
async def test_a_persons_token_lives_as_long_as_the_post(
    api_house: ApiHouse, since: int, until: int | None, passes: bool
) -> None:
    today = NOW.date()

    def move(session: Session) -> None:
        post = session.exec(select(Post).join(Token, Token.post_id == Post.id).where(Token.name == "focal")).one()  # type: ignore[arg-type]
        post.since = today + timedelta(days=since)
        post.until = today + timedelta(days=until) if until is not None else None

    api_house.home.database.write_now(move)
    answer = await api_house.ask("GET", f"{BLOC}/status", "focal")
    assert answer.status_code == (200 if passes else 401)


async def test_a_persons_token_moves_to_another_agency_with_the_post(api_house: ApiHouse) -> None:
    def move(session: Session) -> None:
        post = session.exec(select(Post).join(Token, Token.post_id == Post.id).where(Token.name == "focal")).one()  # type: ignore[arg-type]
        post.agency_id = agency_id_of(session, OURS, "TTT")

    api_house.home.database.write_now(move)
    shown = (await api_house.get(f"{BLOC}/status", "focal"))["agencies"]
    assert [agency["short"] for agency in shown] == ["TTT"]


async def test_a_revoked_token_opens_nothing_any_more(api_house: ApiHouse) -> None:
    assert (await api_house.ask("GET", "/v1/blocs", "auditor")).status_code == 200
    api_house.home.database.write_now(lambda session: tokens.revoke(session, "auditor", NOW, NOW))
    assert (await api_house.ask("GET", "/v1/blocs", "auditor")).status_code == 401


async def test_a_revoked_token_of_the_bot_dies_within_seconds(api_house: ApiHouse) -> None:
    """It is remembered for a few seconds, since it comes with every message."""
    claim = {"json": {"bot": "telegram:1"}}
    assert (await api_house.ask("POST", "/v1/inbox/claim", "bot", **claim)).status_code == 200
    api_house.home.database.write_now(lambda session: tokens.revoke(session, "bot", NOW, NOW))
    remembered = api_house.app.state.remembered
    for key, (at, who) in list(remembered._callers.items()):
        remembered._callers[key] = (at - timedelta(seconds=5), who)
    assert (await api_house.ask("POST", "/v1/inbox/claim", "bot", **claim)).status_code == 401


def test_a_callers_route_names_only_what_the_contract_knows(api_house: ApiHouse) -> None:
    """Paths are lower case words and `{names}`: what integrators may rely on."""
    assert [
        path for (_, path), _ in routes(api_house.app) if not re.fullmatch(r"(/[a-z0-9_-]*|/\{[a-z_]+\})*", path)
    ] == []


def test_the_tokens_that_tests_know_are_stored_as_hashes_only(api_house: ApiHouse) -> None:
    rows = api_house.home.database.read_now(lambda session: session.exec(select(Token)).all())
    assert all(len(row.sha256) == 64 and "token of" not in repr(row) for row in rows)
