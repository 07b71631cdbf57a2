"""Carry one large file through the upload page's routes, in pieces of 8 MB, up to its receipt, and print by how many MB
the process grew.

    python -m tests.api.uploads.transfer DATABASE_URL STORE_URL ENDPOINT MEGABYTES

Run by the memory test in a process of its own, since only a process's peak can be measured.
"""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator

from api.services.uploads.receiving import PIECE
from api.store import Store
from models.database import Database
from tests.api.evidence.transfer import PACKET, film, peak
from tests.api.uploads.office import Office


def sizes(megabytes: int) -> tuple[int, str]:
    """The film's size and hash, without holding it."""
    size, digest = 0, hashlib.sha256()
    for packet in film(megabytes):
        size += len(packet)
        digest.update(packet)
    return size, digest.hexdigest()


class Reel:
    """The film once more, a piece at a time."""

    def __init__(self, megabytes: int) -> None:
        self._packets: Iterator[bytes] = film(megabytes)
        self._left = b""

    async def piece(self) -> AsyncIterator[bytes]:
        most = PIECE
        while most:
            self._left = self._left or next(self._packets, b"")
            if not self._left:
                return
            part, self._left = self._left[: min(most, PACKET)], self._left[min(most, PACKET) :]
            most -= len(part)
            yield part


async def carry(office: Office, megabytes: int) -> None:
    size, digest = sizes(megabytes)
    link = office.link()
    tus = office.tus(link)
    address = await tus.announce(size, filename=f"phim {megabytes}.mp4")
    reel, start = Reel(megabytes), 0
    while start < size:
        answer = await tus.patch(address, start, reel.piece())
        assert answer.status_code == 204, answer.text
        start = int(answer.headers["upload-offset"])
    answer = await office.done(link)
    assert answer.status_code == 200, answer.text
    assert office.evidence()[-1][1] == digest


async def main() -> None:
    database_url, store_url, endpoint, megabytes = sys.argv[1:]
    database, store = Database(database_url), Store.of(store_url, endpoint=endpoint or None)
    office = Office(database, store, upload_limit=(int(megabytes) + 1) * 1024 * 1024)
    await carry(office, 9)
    before = peak()
    await carry(office, int(megabytes))
    print(json.dumps({"grown_mb": round(peak() - before, 1), "before_mb": round(before, 1)}), flush=True)
    database.close()


if __name__ == "__main__":
    os.environ.setdefault("AWS_REGION", "us-east-1")
    asyncio.run(main())
