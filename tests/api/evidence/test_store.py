"""What every store promises, kept by a folder and by a bucket on a real S3 server."""

import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.client import BaseClient

from api.refusals import TooLarge, Unready
from api.store import PIECE, Store, evidence_key, incoming_key
from tests.api.evidence.conftest import stream_of

LIMIT = 40 * PIECE


async def test_what_is_put_comes_back_whole_with_its_hash_and_size(store: Store) -> None:
    content, key = os.urandom(3 * PIECE + 17), incoming_key()
    assert await store.put(stream_of(content), key, LIMIT) == (hashlib.sha256(content).hexdigest(), len(content))
    assert b"".join([piece async for piece in store.stream(key)]) == content
    assert await store.size(key) == len(content)


async def test_a_large_object_goes_up_in_parts(store: Store) -> None:
    content, key = os.urandom(12 * PIECE + 1), incoming_key()
    await store.put(stream_of(content), key, LIMIT)
    assert b"".join([piece async for piece in store.stream(key)]) == content


async def test_a_range_is_read_without_the_rest(store: Store) -> None:
    key = incoming_key()
    await store.put(stream_of(bytes(range(256))), key, LIMIT)
    assert await store.read(key, 10, 20) == bytes(range(10, 20))
    assert await store.read(key, 250, 300) == bytes(range(250, 256))
    assert b"".join([piece async for piece in store.stream(key, 100, 103)]) == bytes([100, 101, 102])
    assert b"".join([piece async for piece in store.stream(key, 5, 5)]) == b""


async def test_an_empty_object_is_an_object(store: Store) -> None:
    key = incoming_key()
    assert await store.put(stream_of(b""), key, LIMIT) == (hashlib.sha256(b"").hexdigest(), 0)
    assert [piece async for piece in store.stream(key)] == []
    assert await store.exists(key)


async def test_a_stream_that_breaks_leaves_nothing_behind(store: Store) -> None:
    async def broken() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * PIECE
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(broken(), incoming_key(), LIMIT)
    assert await store.listing("incoming/") == []
    assert list(store.spool_folder.glob("spool-*")) == []


async def test_one_byte_over_the_limit_is_refused_and_leaves_nothing_behind(store: Store) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1000
            yield b"x" * 1000

    with pytest.raises(TooLarge):
        await store.put(stream_of(b"x" * 101), incoming_key(), 100)
    with pytest.raises(TooLarge):
        await store.put(endless(), incoming_key(), 100)
    assert taken <= PIECE + 1000
    assert await store.listing("incoming/") == []
    assert list(store.spool_folder.glob("spool-*")) == []
    await store.put(stream_of(b"x" * 100), incoming_key(), 100)


async def test_promotion_can_be_repeated_and_keeps_the_source_until_it_is_deleted(store: Store) -> None:
    source, target = incoming_key(), evidence_key("ab" * 32)
    await store.put(stream_of(b"proof"), source, LIMIT)
    await store.promote(source, target)
    await store.promote(source, target)
    assert await store.read(source, 0, 9) == await store.read(target, 0, 9) == b"proof"
    await store.delete(source)
    await store.promote(source, target)
    assert await store.read(target, 0, 9) == b"proof"


async def test_promotion_of_nothing_is_said(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        await store.promote(incoming_key(), evidence_key("cd" * 32))


async def test_promotion_dates_an_old_target_anew(folder_store: Store, tmp_path: Path) -> None:
    source, target = incoming_key(), evidence_key("ef" * 32)
    await folder_store.put(stream_of(b"proof"), source, LIMIT)
    await folder_store.put(stream_of(b"proof"), target, LIMIT)
    os.utime(tmp_path / "store" / target, (0, 0))
    await folder_store.promote(source, target)
    [found] = await folder_store.listing("evidence/")
    assert datetime.now(UTC) - found.modified < timedelta(minutes=1)


async def test_deleting_twice_is_deleting_once(store: Store) -> None:
    key = incoming_key()
    await store.put(stream_of(b"x"), key, LIMIT)
    await store.delete(key)
    await store.delete(key)
    assert not await store.exists(key)
    for reading in (store.size(key), store.read(key, 0, 1)):
        with pytest.raises(FileNotFoundError):
            await reading


async def test_a_listing_tells_key_size_and_age(store: Store) -> None:
    key, other = incoming_key(), evidence_key("01" * 32)
    await store.put(stream_of(b"12345"), key, LIMIT)
    await store.put(stream_of(b"x"), other, LIMIT)
    [found] = await store.listing("incoming/")
    assert (found.key, found.size) == (key, 5)
    assert abs(datetime.now(UTC) - found.modified) < timedelta(minutes=1)
    assert [each.key for each in await store.listing("evidence/")] == [other]


async def test_a_listing_passes_over_what_goes_away_while_it_is_read(folder_store: Store, tmp_path: Path) -> None:
    """A link to nowhere is what a file looks like that was deleted between its name and its size."""
    (tmp_path / "store" / "incoming" / ("0" * 32)).symlink_to(tmp_path / "gone")
    key = incoming_key()
    await folder_store.put(stream_of(b"12345"), key, LIMIT)
    assert [each.key for each in await folder_store.listing("incoming/")] == [key]


@pytest.mark.parametrize(
    "key", ["../secret", "incoming/../../etc", "incoming/", "other/x", "/incoming/x", "incoming/a/b"]
)
async def test_no_key_leads_out_of_the_store(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        await store.read(key, 0, 1)
    with pytest.raises(ValueError, match="not a key"):
        await store.put(stream_of(b"x"), key, LIMIT)


async def test_the_check_is_green_on_a_store_that_works_and_leaves_nothing(store: Store) -> None:
    await store.check()
    assert await store.listing("incoming/") == []


async def test_a_server_that_is_away_is_unready() -> None:
    away = Store.of("s3://nowhere", endpoint="http://127.0.0.1:9")
    with pytest.raises(Unready):
        await away.check()


async def test_a_folder_that_went_away_is_unready(folder_store: Store, tmp_path: Path) -> None:
    (tmp_path / "store" / "incoming").rmdir()
    with pytest.raises(Unready):
        await folder_store.check()


async def test_the_spool_of_a_crash_is_swept_when_it_is_old(store: Store) -> None:
    left = store.spool_folder / "spool-left-by-a-crash"
    left.write_bytes(b"half")
    (store.spool_folder / "spool-that-has-gone").symlink_to(store.spool_folder / "gone")
    assert await store.sweep_spool(datetime.fromtimestamp(left.stat().st_mtime - 1, UTC)) == 0
    assert await store.sweep_spool(datetime.fromtimestamp(left.stat().st_mtime + 1, UTC)) >= 1
    assert not left.exists()


async def test_files_of_a_folder_are_private(folder_store: Store, tmp_path: Path) -> None:
    key = incoming_key()
    await folder_store.put(stream_of(b"x"), key, LIMIT)
    assert (tmp_path / "store" / key).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "store" / "incoming").stat().st_mode & 0o777 == 0o700


async def test_objects_of_a_bucket_stay_under_its_prefix(bucket_store: Store, bucket: tuple[BaseClient, str]) -> None:
    key = incoming_key()
    await bucket_store.put(stream_of(b"x"), key, LIMIT)
    client, name = bucket
    assert [found["Key"] for found in client.list_objects_v2(Bucket=name)["Contents"]] == [f"bloc/one/{key}"]
