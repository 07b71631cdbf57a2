"""What whoever watches the process is told: no token, no names."""

import re

from sqlalchemy import text

from tests.api.building import ApiHouse


async def test_a_house_that_works_is_ready(either_house: ApiHouse) -> None:
    assert await either_house.get("/livez", None) == {"status": "alive"}
    for _ in range(2):
        assert (await either_house.get("/readyz", None))["status"] == "ready"


async def test_a_database_that_only_reads_is_not_ready(api_house: ApiHouse) -> None:
    """As on a full disk: whatever is asked for is still found, and nothing more can be stored."""
    full = "CREATE TRIGGER full BEFORE INSERT ON cursor BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    api_house.home.database.write_now(lambda session: session.execute(text(full)) and None)
    answer = await api_house.ask("GET", "/readyz", None)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert "does not write" in answer.json()["detail"]
    assert (await api_house.ask("GET", "/livez", None)).status_code == 200


async def test_a_store_that_takes_nothing_is_not_ready(api_house: ApiHouse) -> None:
    folder = api_house.home.store.spool_folder
    folder.rename(folder.with_name("elsewhere"))
    folder.write_bytes(b"")
    answer = await api_house.ask("GET", "/readyz", None)
    assert answer.status_code == 503


async def test_a_house_that_closes_is_not_ready(api_house: ApiHouse) -> None:
    api_house.home.closing = True
    assert (await api_house.ask("GET", "/readyz", None)).json()["detail"] == "closing"


async def test_the_metrics_count_by_state_and_name_nobody(either_house: ApiHouse) -> None:
    told = (await either_house.ask("GET", "/metrics", None)).text
    for line in (
        'giaouoc_messages_total{channel="telegram",kind="notice",state="failed"} 1',
        'giaouoc_messages_total{channel="web",kind="reminder",state="queued"} 1',
        'giaouoc_heard_total{channel="web",state="done"} 28',
    ):
        assert line in told
    assert "ví dụ" not in told
    assert all(re.fullmatch(r"(#.*|[a-z_]+(\{.*\})? -?[0-9.e+]+|)", line) for line in told.split("\n"))
