"""The real application over a bench database. `python -m tests.bench.serving FOLDER PORT`"""

import sys
from datetime import UTC, datetime

import uvicorn

from api.app import create_app
from api.house import House
from api.security import sha256
from api.store import Store
from models.clock import Anchor, Clock
from models.database import Database
from tests.bench.blocs import furnish
from tests.bench.turns import CHATS

if __name__ == "__main__":
    folder, port = sys.argv[1:3]
    database = Database(f"sqlite:///{folder}/ours.db")
    database.migrate()
    database.write_now(lambda session: furnish(session, CHATS))
    wire_now = datetime.now(UTC)
    home = House(
        database=database,
        store=Store.of(f"{folder}/store"),
        clock=Clock(Anchor(wire_now, datetime(2024, 1, 8, 3, tzinfo=UTC))),
        own_token_sha256=sha256("bench"),
    )
    uvicorn.run(create_app(home), port=int(port), log_level="warning", access_log=False)
