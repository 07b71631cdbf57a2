"""Every refusal is `application/problem+json`: what is wrong, in one sentence, and never how we are built."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.building import OURS, ApiHouse

BLOC = f"/v1/blocs/{OURS}"
MB = 1024 * 1024


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem, which must be one to the letter of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert set(told) <= {"type", "title", "status", "detail", "extra"}
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["title"]
    for word in ("Traceback", "site-packages", "sqlalchemy", ".py", "SELECT"):
        assert word not in answer.text
    return told


@pytest.mark.parametrize(
    ("method", "path", "who", "status", "title"),
    [
        ("GET", "/v1/blocs", None, 401, "A valid bearer token is needed"),
        ("POST", "/v1/inbox", "admin", 403, "Not allowed for this role"),
        ("GET", f"{BLOC}/status", "bot", 403, "Not allowed for this role"),
        ("GET", "/v1/blocs/no-such-bloc/status", "admin", 404, "Not found"),
        ("GET", "/v1/evidence/BN-9999", "admin", 404, "Not found"),
        ("GET", "/v1/nothing", "admin", 404, "Not Found"),
        ("GET", "/v1/nothing", None, 404, "Not Found"),
        ("GET", "/nothing", None, 404, "Not Found"),
        ("GET", "/chat/nothing", None, 404, "Not Found"),
        ("GET", "/demo/clock", None, 404, "Not found"),
        ("DELETE", "/v1/blocs", "admin", 405, "Method Not Allowed"),
        ("POST", "/livez", None, 405, "Method Not Allowed"),
        ("GET", "/v1/inbox", "bot", 405, "Method Not Allowed"),
        ("GET", f"{BLOC}/status?season=x", "admin", 422, "The request cannot be read"),
        ("GET", "/v1/evidence/nothing", "admin", 422, "The request cannot be read"),
        ("GET", "/v1/cursors/nobody", "bot", 404, "Not found"),
    ],
)
async def test_refusals(api_house: ApiHouse, method: str, path: str, who: str | None, status: int, title: str) -> None:
    answer = await api_house.ask(method, path, who)
    assert problem(answer, status)["title"] == title
    if status == 405:
        assert answer.headers["allow"]


# --- bodies -------------------------------------------------------------------------------------------------------

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"", b"null", b"[]", b'{"items": 5}', b'{"items": [{}]}', b'{"items": [], "more": 1}', b"\xff\xfe",
        b'{"items": ' * 3, b'"' + b"a" * 1000 + b'"',
    ],
)  # fmt: skip
async def test_a_body_that_is_no_batch(api_house: ApiHouse, body: bytes) -> None:
    answer = await api_house.ask("POST", "/v1/inbox", "bot", content=body, headers=JSON)
    problem(answer, 400 if answer.status_code == 400 else 422)


async def test_brackets_within_brackets_do_no_harm(api_house: ApiHouse) -> None:
    body = b'{"items": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    answer = await api_house.ask("POST", "/v1/inbox", "bot", content=body, headers=JSON)
    problem(answer, answer.status_code if answer.status_code in (400, 422) else 422)


async def test_what_is_wrong_is_named_and_not_repeated(api_house: ApiHouse) -> None:
    body = json.dumps({"items": [{"channel": "telegram", "secret": "mật khẩu"}]}).encode()
    told = problem(await api_house.ask("POST", "/v1/inbox", "bot", content=body, headers=JSON), 422)
    places = [error["where"] for error in told["extra"]["errors"]]
    assert "body.items.0.chat" in places
    assert "mật khẩu" not in json.dumps(told, ensure_ascii=False)


async def test_a_thousand_mistakes_are_told_in_twenty_lines(api_house: ApiHouse) -> None:
    body = json.dumps({"items": [{}] * 100}).encode()
    told = problem(await api_house.ask("POST", "/v1/inbox", "bot", content=body, headers=JSON), 422)
    assert len(told["extra"]["errors"]) == 20


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png"]
)
@pytest.mark.parametrize("path", ["/v1/inbox", "/v1/inbox/claim", "/v1/outbox/claim", "/v1/outbox/settle"])
async def test_a_body_of_another_kind(api_house: ApiHouse, path: str, kind: str) -> None:
    answer = await api_house.ask("POST", path, "bot", content=b'{"items": []}', headers={"Content-Type": kind})
    assert "application/json" in problem(answer, 415)["detail"]


async def test_a_body_is_refused_by_its_announcement(api_house: ApiHouse) -> None:
    answer = await api_house.ask("POST", "/v1/inbox", "bot", content=b" " * (4 * MB + 1), headers=JSON)
    assert "bytes at most" in problem(answer, 413)["detail"]


async def pieces(count: int, size: int = MB) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * size


@pytest.mark.parametrize(("path", "who"), [("/v1/inbox", "bot"), ("/v1/blocs", "admin")])
async def test_a_body_that_was_not_announced_is_counted(api_house: ApiHouse, path: str, who: str) -> None:
    answer = await api_house.ask("POST", path, who, content=pieces(8), headers=JSON)
    problem(answer, 413)


async def test_a_file_above_the_limit_is_refused_and_nothing_of_it_kept(api_house: ApiHouse) -> None:
    for content in (b" " * 200_001, pieces(3, 100_000)):
        answer = await api_house.ask("PUT", "/v1/incoming", "bot", content=content)
        problem(answer, 413)
    kept = await api_house.home.store.listing("incoming/")
    assert [stored.key for stored in kept] == ["incoming/report"]


async def test_a_bloc_file_that_cannot_be_loaded_names_its_lines(api_house: ApiHouse) -> None:
    body = "bloc: Khối thử\nslug: khoi-thu\nseason: 2024\nmilestones:\n  - {key: A, title: Một, due: 31/6}\n".encode()
    told = problem(await api_house.ask("POST", "/v1/blocs", "admin", content=body), 422)
    assert any(line.startswith("body.yaml:5:") and "31/6" in line for line in told["extra"]["problems"])


@pytest.mark.parametrize("body", [b"", b"\x00", b"\xff\xfe", b"a: [", b"- 1", b"&a [*a]", b"a: &x [*x, *x]"])
async def test_a_bloc_file_that_is_none(api_house: ApiHouse, body: bytes) -> None:
    told = problem(await api_house.ask("POST", "/v1/blocs", "admin", content=body), 422)
    assert told["extra"]["problems"]


# --- numbers and words that no database takes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("/v1/cursors/telegram:1", "PUT", {"position": 2**63}),
        ("/v1/outbox/settle", "POST", {"outcomes": [{"id": 2**63, "attempt": 1, "result": "sent"}]}),
        ("/v1/outbox/settle", "POST", {"outcomes": [{"id": 1, "attempt": 2**63, "result": "sent"}]}),
        ("/v1/timeline", "POST", {"outbox_id": 2**63, "chat": "a", "text": "b"}),
        ("/v1/outbox/claim", "POST", {"bot": "a", "n": 2**70}),
    ],
)
async def test_numbers_beyond_any_row(either_house: ApiHouse, path: str, method: str, body: Any) -> None:
    problem(await either_house.ask(method, path, "bot", json=body), 422)


async def test_words_that_no_database_takes_are_taken_without_what_spoils_them(either_house: ApiHouse) -> None:
    item = {
        "channel": "telegram", "bot": "1", "external_id": "9\0", "chat": "5\0", "text": "xin\0 chào \ud800",
        "sender": "\0An", "sent_at": "2024-06-12T03:00:00Z",
    }  # fmt: skip
    answer = await either_house.ask("POST", "/v1/inbox", "bot", content=json.dumps({"items": [item]}), headers=JSON)
    assert answer.json()["stored"] == 1
    for path, body in (
        ("/v1/inbox/claim", {"bot": "tele\0gram:1"}),
        ("/v1/outbox/claim", {"bot": "tele\0gram:1"}),
        ("/v1/outbox/settle", {"outcomes": [{"id": 1, "attempt": 1, "result": "refused", "why": "no\0"}]}),
    ):
        assert (await either_house.ask("POST", path, "bot", json=body)).status_code == 200


async def test_a_pause_beyond_reason_is_a_day(api_house: ApiHouse) -> None:
    outcome = {"id": 1, "attempt": 1, "result": "later", "retry_after_s": 1e300}
    answer = await api_house.ask("POST", "/v1/outbox/settle", "bot", json={"outcomes": [outcome]})
    assert answer.status_code == 200


async def test_a_line_of_a_message_that_is_none_is_not_written(either_house: ApiHouse) -> None:
    body = {"outbox_id": 999_999, "chat": "a", "text": "b"}
    problem(await either_house.ask("POST", "/v1/timeline", "bot", json=body), 404)


# --- our own errors -----------------------------------------------------------------------------------------------


async def test_an_error_of_ours_tells_nothing_of_how_we_are_built(api_house: ApiHouse) -> None:
    api_house.home.database.close()
    async with api_house.client("bot", raises=False) as client:
        answer = await client.get("/v1/cursors/telegram:1")
    told = problem(answer, 500)
    assert told["title"] == "An error of ours; it is in the log"
    assert "detail" not in told


async def test_evidence_whose_bytes_are_gone(api_house: ApiHouse) -> None:
    await api_house.home.store.delete("incoming/report")
    async with api_house.client("admin", raises=False) as client:
        answer = await client.get(f"/v1/evidence/{api_house.receipts['STP']}")
    problem(answer, 404)
