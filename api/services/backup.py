"""Database and evidence in one verified file. `incoming/` is never in it: what nobody has answered for is not kept.

The file is a `.tar`: `manifest.json`, `giaouoc.db`, and `evidence/<sha256>` for each file that proves something.
"""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import make_url
from sqlmodel import SQLModel

from api.refusals import Conflict, Invalid, NotFound
from api.services import evidence
from api.store import PIECE, Store, evidence_key
from models import migrations
from models.database import Database

DATABASE, MANIFEST = "giaouoc.db", "manifest.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds."""

    rows: int
    files: int
    size: int
    """Bytes of the file."""


# --- write --------------------------------------------------------------------------------------------------------


async def backup(database: Database, store: Store, file: Path) -> Kept:
    """Write one file with a consistent copy of the database and every evidence file, then read it back.

    Raises Conflict when the database is PostgreSQL (use its own tools), `file` exists, or evidence does not match its
    hash; NotFound when evidence is missing. Then nothing is left behind.
    """
    if database.dialect != "sqlite":
        raise Conflict("back up PostgreSQL with pg_dump, and the store with its own tools")
    if file.exists():  # noqa: ASYNC240 - the process does nothing else
        raise Conflict(f"{file} exists; nothing was changed")
    if not file.parent.is_dir():
        raise NotFound(f"{file.parent} is no folder")
    await evidence.promote(database, store)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".giaouoc-backup-") as folder:
        part = Path(folder) / "part.tar"
        await _write(part, str(database.url.database), store)
        kept = verify(part)
        part.chmod(0o600)
        _sync(part)
        part.replace(file)
        _sync(file.parent)
    return kept


async def _write(part: Path, source: str, store: Store) -> None:
    copy, piece = part.with_name(DATABASE), part.with_name("piece")
    places = _copy_database(source, copy)
    manifest = part.with_name(MANIFEST)
    manifest.write_text(
        json.dumps({"format": FORMAT, "database": _sha256(copy), "rows": _rows(copy), "evidence": sorted(places)})
    )
    with tarfile.open(part, "w") as tar:
        tar.add(manifest, MANIFEST)
        tar.add(copy, DATABASE)
        for sha256, key in places.items():
            await _fetch(store, sha256, key, piece)
            tar.add(piece, evidence_key(sha256))


def _copy_database(source: str, target: Path) -> dict[str, str]:
    """A copy in which all evidence lies where it will be restored; hash → where it lies now."""
    with closing(pysqlite3.connect(source)) as live, closing(pysqlite3.connect(str(target))) as copy, copy:
        live.backup(copy)
        places = dict(copy.execute("SELECT sha256, key FROM evidence ORDER BY update_id").fetchall())
        copy.execute("UPDATE evidence SET key = ? || sha256", (evidence_key(""),))
        copy.execute("DELETE FROM incoming")
        copy.commit()
        copy.execute("PRAGMA journal_mode=DELETE")
    return places


async def _fetch(store: Store, sha256: str, key: str, piece: Path) -> None:
    """The bytes lie under their key, or were promoted since."""
    for place in (key, evidence_key(sha256)):
        try:
            with piece.open("wb") as out:
                async for chunk in store.stream(place):
                    out.write(chunk)
        except FileNotFoundError:
            continue
        if _sha256(piece) != sha256:
            raise Conflict(f"the evidence {sha256[:12]} does not match its hash; nothing was written")
        return
    raise NotFound(f"the evidence {sha256[:12]} is missing in the store; nothing was written")


# --- verify -------------------------------------------------------------------------------------------------------


def verify(file: Path) -> Kept:
    """Read a backup whole: every hash, and the database inside. Raises Invalid."""
    with _opened(file) as (tar, manifest):
        hashes = {DATABASE: manifest["database"]} | {evidence_key(sha): sha for sha in manifest["evidence"]}
        for name, sha256 in hashes.items():
            if hashlib.file_digest(_member(tar, name), "sha256").hexdigest() != sha256:
                raise Invalid(f"{name} is damaged in {file}")
        with tempfile.TemporaryDirectory(prefix="giaouoc-verify-") as folder:
            _verify_database(_extracted(tar, Path(folder) / DATABASE), manifest["rows"])
    return Kept(manifest["rows"], len(manifest["evidence"]), file.stat().st_size)


def _verify_database(copy: Path, rows: int) -> None:
    with closing(pysqlite3.connect(str(copy))) as connection:
        told = connection.execute("PRAGMA integrity_check").fetchone()[0]
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    if told != "ok" or _rows(copy) != rows:
        raise Invalid(f"the database in the backup is damaged: {told}")
    if revision > (migrations.newest() or ""):
        raise Invalid(f"the backup comes from a newer program (revision {revision}): install that one first")


@contextmanager
def _opened(file: Path) -> Iterator[tuple[tarfile.TarFile, dict[str, Any]]]:
    try:
        with tarfile.open(file) as tar:
            manifest = json.load(_member(tar, MANIFEST))
            if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
                raise Invalid(f"{file} is a backup of another kind")
            yield tar, manifest
    except FileNotFoundError:
        raise NotFound(f"{file}: no such file") from None
    except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError, pysqlite3.Error) as error:
        raise Invalid(f"{file} is not a backup of ours, or is damaged ({error})") from error


def _member(tar: tarfile.TarFile, name: str) -> Any:
    member = tar.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member


def _extracted(tar: tarfile.TarFile, target: Path) -> Path:
    with target.open("xb") as out:
        shutil.copyfileobj(_member(tar, DATABASE), out, PIECE)
    return target


# --- restore ------------------------------------------------------------------------------------------------------


async def restore(file: Path, database_url: str, store: Store) -> Kept:
    """Put a verified backup where nothing is yet; the database comes last, so a broken restore is simply done again.

    Raises Invalid when the backup is damaged, Conflict when there is a database already.
    """
    target = _free_place(database_url)
    kept = verify(file)
    with _opened(file) as (tar, manifest):
        for sha256 in manifest["evidence"]:
            key = evidence_key(sha256)
            await store.put(_pieces(_member(tar, key)), key, limit=tar.getmember(key).size)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        part.unlink(missing_ok=True)
        _sync(_extracted(tar, part))
        part.replace(target)
        _sync(target.parent)
    return kept


def _free_place(database_url: str) -> Path:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        raise Conflict("a backup is restored into SQLite; restore PostgreSQL with its own tools")
    target = Path(str(url.database))
    for path in (target, target.with_name(f"{target.name}-wal")):
        if path.exists():
            raise Conflict(f"{path} exists; move it away first, nothing was changed")
    return target


async def _pieces(source: Any) -> AsyncIterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


# --- the disk -----------------------------------------------------------------------------------------------------


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(path: Path) -> int:
    with closing(pysqlite3.connect(str(path))) as copy:
        return sum(copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in SQLModel.metadata.tables)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
