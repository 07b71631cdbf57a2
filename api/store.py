"""Where the bytes of evidence lie: a folder, or a bucket that speaks S3.

Keys are `incoming/<random>` and `evidence/<sha256>`. What arrives is first spooled to a private local file while it is
hashed and measured, so that it can be looked at as a file, and what is refused never enters the store. `keep` then
stores it whole or not at all, and durably. A missing object is a FileNotFoundError; a store that does not answer is
`Unready`.
"""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

from api.refusals import TooLarge, Unready

T = TypeVar("T")

PIECE = 1024 * 1024
"""Bytes read or written at once: what a transfer costs in memory, whatever its size."""
INCOMING = "incoming/"
EVIDENCE = "evidence/"
_KEY = re.compile(r"(?:incoming|evidence)/[0-9A-Za-z_-]{1,80}")


@dataclass(frozen=True, slots=True)
class Spooled:
    """Bytes that arrived whole and lie in a local file until the spool is closed."""

    path: Path
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Stored:
    """One object of a listing."""

    key: str
    size: int
    modified: datetime


def incoming_key() -> str:
    """A new key that nobody can guess."""
    return INCOMING + secrets.token_hex(16)


def evidence_key(sha256: str) -> str:
    """The same content has the same key."""
    return EVIDENCE + sha256


class Store(ABC):
    """The contract of both kinds; `Store.of` opens the right one."""

    spool_folder: Path

    @staticmethod
    def of(url: str, *, endpoint: str | None = None) -> "Store":
        """Open `s3://bucket/prefix` (at `endpoint`, with the usual AWS variables), `file:///folder` or a path."""
        parts = urlsplit(url)
        if parts.scheme == "s3":
            return Bucket(parts.netloc, parts.path.strip("/"), endpoint)
        return Folder(Path(parts.path if parts.scheme == "file" else url))

    @asynccontextmanager
    async def spool(self, stream: AsyncIterable[bytes], limit: int) -> AsyncIterator[Spooled]:
        """Receive a stream into a local file, at most `limit` bytes; the file is gone afterwards unless it was kept.

        Raises TooLarge, and whatever the stream raises.
        """
        path = self.spool_folder / f"spool-{secrets.token_hex(16)}"
        try:
            yield await _received(stream, limit, path)
        finally:
            path.unlink(missing_ok=True)

    async def put(self, stream: AsyncIterable[bytes], key: str, limit: int) -> tuple[str, int]:
        """Store a stream as `key`; its SHA-256 and size. Nothing is left behind when it fails or passes the limit."""
        async with self.spool(stream, limit) as spooled:
            await self.keep(spooled, key)
        return spooled.sha256, spooled.size

    async def keep(self, spooled: Spooled, key: str) -> None:
        """Store what was spooled as `key`, whole and durable."""
        await self._call(self._keep, spooled.path, _safe(key))

    async def stream(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to (not with) `end`, in pieces."""
        stop = await self.size(key) if end is None else end
        while start < stop:
            piece = await self.read(key, start, min(stop, start + PIECE))
            if not piece:
                raise FileNotFoundError(key)
            yield piece
            start += len(piece)

    async def read(self, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to (not with) `end`."""
        return await self._call(self._read, _safe(key), start, end)

    async def size(self, key: str) -> int:
        return await self._call(self._size, _safe(key))

    async def exists(self, key: str) -> bool:
        try:
            await self.size(key)
        except FileNotFoundError:
            return False
        return True

    async def promote(self, source: str, target: str) -> None:
        """Have the bytes of `source` under `target` too. Repeatable: afterwards `target` is there and newly dated.

        Raises FileNotFoundError when neither is there.
        """
        await self._call(self._promote, _safe(source), _safe(target))

    async def delete(self, key: str) -> None:
        """Forget an object; one that is not there is forgotten already."""
        await self._call(self._delete, _safe(key))

    async def listing(self, prefix: str) -> list[Stored]:
        """The objects under `incoming/` or `evidence/`."""
        return await self._call(self._listing, prefix)

    async def check(self) -> None:
        """Write, read and delete a few bytes. Raises Unready when the store does not do as told."""
        token = secrets.token_bytes(16)
        key = incoming_key()
        await self.put(_once(token), key, len(token))
        same = await self.read(key, 0, len(token)) == token
        await self.delete(key)
        if not same:
            raise Unready("the evidence store gave back other bytes than it was given")

    async def sweep_spool(self, before: datetime) -> int:
        """Delete what a crash left in the spool; the number of files."""
        return await self._call(self._sweep_spool, before.timestamp())

    def _sweep_spool(self, before: float) -> int:
        """What is being written just now comes and goes meanwhile."""
        swept = 0
        for file in self.spool_folder.glob("spool-*"):
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < before:
                    file.unlink()
                    swept += 1
        return swept

    async def _call(self, work: Callable[..., T], *given: Any) -> T:
        """Blocking work in a thread, its failures in the house's own words."""
        return await asyncio.to_thread(self._translated, work, *given)

    def _translated(self, work: Callable[..., T], *given: Any) -> T:
        with self._in_our_words():
            return work(*given)

    @abstractmethod
    def _in_our_words(self) -> contextlib.AbstractContextManager[None]: ...
    @abstractmethod
    def _keep(self, path: Path, key: str) -> None: ...
    @abstractmethod
    def _read(self, key: str, start: int, end: int) -> bytes: ...
    @abstractmethod
    def _size(self, key: str) -> int: ...
    @abstractmethod
    def _promote(self, source: str, target: str) -> None: ...
    @abstractmethod
    def _delete(self, key: str) -> None: ...
    @abstractmethod
    def _listing(self, prefix: str) -> list[Stored]: ...


class Folder(Store):
    """A local folder. Objects are private files; a file and its folder are on the disk before a call returns."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self.spool_folder = self._root / "incoming"
        for kind in ("incoming", "evidence"):
            (self._root / kind).mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except OSError as error:
            raise Unready(f"the evidence store does not answer: {error.strerror}") from error

    def _keep(self, path: Path, key: str) -> None:
        target = self._root / key
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.rename(target)
        _sync_folder(target.parent)

    def _read(self, key: str, start: int, end: int) -> bytes:
        with (self._root / key).open("rb") as file:
            return os.pread(file.fileno(), end - start, start)

    def _size(self, key: str) -> int:
        return (self._root / key).stat().st_size

    def _promote(self, source: str, target: str) -> None:
        origin, goal = self._root / source, self._root / target
        if goal.exists():
            os.utime(goal)
        else:
            _link_or_copy(origin, goal)
        _sync_folder(goal.parent)

    def _delete(self, key: str) -> None:
        path = self._root / key
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def _listing(self, prefix: str) -> list[Stored]:
        with os.scandir(self._root / prefix) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith("spool-")]
        return [found for name in names if (found := self._found(prefix + name))]

    def _found(self, key: str) -> Stored | None:
        """None: it went away since its name was read."""
        try:
            stat = (self._root / key).stat()
        except FileNotFoundError:
            return None
        return Stored(key, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC))


class Bucket(Store):
    """A bucket that speaks S3. obstore is called in threads: its own async calls have ended processes at exit."""

    _PARTS = 2
    """Parts of 5 MB of one upload in flight."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None) -> None:
        import obstore
        from obstore import exceptions
        from obstore.store import S3Store

        self._obstore = obstore
        self._broken: tuple[type[Exception], ...] = (exceptions.BaseError, OSError)
        options: dict[str, Any] = {"endpoint": endpoint} if endpoint else {}
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            client_options={"allow_http": (endpoint or "").startswith("http://"), "timeout": timedelta(seconds=60)},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
            **options,
        )
        self.spool_folder = Path(tempfile.gettempdir()) / f"giaouoc-spool-{os.getuid()}"
        self.spool_folder.mkdir(mode=0o700, exist_ok=True)

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except self._broken as error:
            raise Unready(f"the evidence store does not answer: {type(error).__name__}") from error

    def _keep(self, path: Path, key: str) -> None:
        self._obstore.put(self._store, key, path, max_concurrency=self._PARTS)

    def _read(self, key: str, start: int, end: int) -> bytes:
        if end <= start:
            return b""
        return bytes(self._obstore.get_range(self._store, key, start=start, end=end))

    def _size(self, key: str) -> int:
        return self._obstore.head(self._store, key)["size"]

    def _promote(self, source: str, target: str) -> None:
        try:
            self._obstore.copy(self._store, source, target)
        except FileNotFoundError:
            self._obstore.head(self._store, target)

    def _delete(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._obstore.delete(self._store, key)

    def _listing(self, prefix: str) -> list[Stored]:
        pages = self._obstore.list(self._store, prefix, chunk_size=1000)
        return [Stored(found["path"], found["size"], found["last_modified"]) for page in pages for found in page]


async def _received(stream: AsyncIterable[bytes], limit: int, path: Path) -> Spooled:
    """Write a stream to a new private file, hashing; at most one piece more than `limit` is ever taken."""
    digest, size = hashlib.sha256(), 0
    with await asyncio.to_thread(_new_file, path) as file:
        async for piece in _pieces(stream):
            size += len(piece)
            if size > limit:
                raise TooLarge(f"more than {limit} bytes", limit=limit)
            await asyncio.to_thread(_append, file, digest, piece)
    return Spooled(path, digest.hexdigest(), size)


async def _pieces(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The stream's small chunks gathered, so that a thread is asked once a piece and not once a packet."""
    gathered: list[bytes] = []
    length = 0
    async for chunk in stream:
        gathered.append(chunk)
        length += len(chunk)
        if length >= PIECE:
            yield b"".join(gathered)
            gathered, length = [], 0
    if length:
        yield b"".join(gathered)


def _new_file(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
    except OSError as error:
        raise Unready(f"the evidence store takes no more: {error.strerror}") from error


def _append(file: BinaryIO, digest: "hashlib._Hash", piece: bytes) -> None:
    left = memoryview(piece)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        raise Unready(f"the evidence store takes no more: {error.strerror}") from error
    digest.update(piece)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _safe(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key of the store: {key!r}")
    return key


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _link_or_copy(origin: Path, goal: Path) -> None:
    """A second name for the same bytes; where the file system has no hard links, a durable copy of them."""
    try:
        os.link(origin, goal)
    except FileExistsError:
        return
    except FileNotFoundError:
        raise
    except OSError:
        half = origin.with_name(f"spool-{secrets.token_hex(16)}")
        shutil.copyfile(origin, half)
        with half.open("rb") as file:
            os.fsync(file.fileno())
        half.rename(goal)
