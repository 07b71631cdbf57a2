"""Database and evidence in one verified file. `incoming/` is never in it."""

import hashlib
import json
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3
from sqlalchemy import make_url, select
from sqlmodel import Session, SQLModel, col

from api.refusals import Conflict, Invalid
from api.services import evidence
from api.store import Store
from models.database import Database
from models.tables import Evidence

DATABASE, MANIFEST = "giaouoc.db", "manifest.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds."""

    rows: int
    files: int
    size: int
    """Bytes of the file."""


async def backup(database: Database, store: Store, file: Path) -> Kept:
    """Write one `.tar` with a consistent copy of the database and every evidence file, then read it back.

    Raises Conflict when the database is PostgreSQL (use its own tools) or a file does not match its hash.
    """
    if database.dialect != "sqlite":
        raise Conflict("back up PostgreSQL with pg_dump, and the store with its own tools")
    await evidence.promote(database, store)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        copy = Path(folder) / DATABASE
        _copy_database(str(database.url.database), copy)
        wanted = await database.read(_evidence)
        manifest: dict[str, Any] = {"database": _sha256(copy), "evidence": wanted, "rows": _rows(copy)}
        (Path(folder) / MANIFEST).write_text(json.dumps(manifest))
        part = Path(folder) / "part.tar"
        with tarfile.open(part, "w") as tar:
            tar.add(Path(folder) / MANIFEST, MANIFEST)
            tar.add(copy, DATABASE)
            for sha256, key in wanted.items():
                piece = Path(folder) / "piece"
                with piece.open("wb") as out:
                    async for chunk in store.stream(key):
                        out.write(chunk)
                if _sha256(piece) != sha256:
                    raise Conflict(f"the evidence {sha256[:12]} does not match its hash; nothing was written")
                tar.add(piece, f"evidence/{sha256}")
        kept = verify(part)
        part.replace(file)
    return kept


def verify(file: Path) -> Kept:
    """Read a backup whole and compare every hash. Raises Invalid."""
    try:
        with tarfile.open(file) as tar:
            manifest = json.load(_member(tar, MANIFEST))
            hashes = {DATABASE: manifest["database"]} | {f"evidence/{sha}": sha for sha in manifest["evidence"]}
            for name, sha256 in hashes.items():
                if hashlib.file_digest(_member(tar, name), "sha256").hexdigest() != sha256:
                    raise Invalid(f"{name} is damaged in {file.name}")
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise Invalid(f"{file} is not a backup of ours: {error}") from error
    return Kept(manifest["rows"], len(manifest["evidence"]), file.stat().st_size)


async def restore(file: Path, database_url: str, store: Store) -> Kept:
    """Put a verified backup where nothing is yet. Raises Conflict when there is already a database."""
    kept = verify(file)
    target = _free_place(database_url)
    with tarfile.open(file) as tar:
        manifest = json.load(_member(tar, MANIFEST))
        for sha256, key in manifest["evidence"].items():
            name = f"evidence/{sha256}"
            await store.put(_chunks(_member(tar, name)), key, limit=tar.getmember(name).size)
        _put_database(tar, target)
    return kept


def _free_place(database_url: str) -> Path:
    target = Path(str(make_url(database_url).database))
    if target.exists():
        raise Conflict(f"{target} exists; move it away first, nothing was changed")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _put_database(tar: tarfile.TarFile, target: Path) -> None:
    part = target.with_suffix(".part")
    with part.open("wb") as out:
        shutil.copyfileobj(_member(tar, DATABASE), out)
    part.replace(target)


async def _chunks(source: Any) -> Any:
    while piece := source.read(1024 * 1024):
        yield piece


def _member(tar: tarfile.TarFile, name: str) -> Any:
    member = tar.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member


def _copy_database(source: str, target: Path) -> None:
    with pysqlite3.connect(source) as live, pysqlite3.connect(str(target)) as copy:
        live.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _evidence(session: Session) -> dict[str, str]:
    rows = session.execute(select(col(Evidence.sha256), col(Evidence.key)).order_by(col(Evidence.update_id)))
    return dict(rows)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(path: Path) -> int:
    with pysqlite3.connect(str(path)) as copy:
        return sum(copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in SQLModel.metadata.tables)
