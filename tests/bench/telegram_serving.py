"""The real API, webhook door and mouth of one Telegram bot over a bench database.
`python -m tests.bench.telegram_serving FOLDER PORT BOT_API_URL PACED(1|0) MOUTH(1|0)`"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
import uvloop
from starlette.routing import Mount

from api.app import create_app
from api.house import House
from api.security import sha256
from api.services.queues import pacing
from api.store import Store
from bot import hooks
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_sends import Sends
from bot.client import Client
from bot.ears import Ears
from bot.hooks import Hook
from bot.inside import Inside
from bot.mouth import Mouth
from models.clock import Anchor, Clock
from models.database import Database
from tests.bench.blocs import furnish

TOKEN = "1:bench"
SECRET = "a-secret-of-the-bench"
CHATS = 1_000


def channel(url: str, paced: bool) -> TelegramChannel:
    return TelegramChannel(TOKEN, url, sends=Sends() if paced else Sends(most=10**6, chat_s=0))


async def main(folder: str, port: int, url: str, paced: bool, speaks: bool) -> None:
    if not paced:
        pacing.RHYTHMS.pop("telegram")
    path = Path(folder) / "ours.db"
    is_new = not path.exists()
    database = Database(f"sqlite:///{path}")
    if is_new:
        database.migrate()
        database.write_now(lambda session: furnish(session, CHATS))
    clock = Clock(Anchor(datetime.now(UTC), datetime(2024, 1, 8, 3, tzinfo=UTC)))
    home = House(database, Store.of(f"{folder}/store"), clock, own_token_sha256=sha256("bench"))
    app = create_app(home)
    telegram = channel(url, paced)
    client = Client("http://inside", "bench", transport=Inside(app))
    mouth = Mouth(telegram, client)
    ears = Ears(telegram, client, mouth)
    app.router.routes.insert(0, Mount("/hooks", hooks.app([Hook(telegram, ears, SECRET)])))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", access_log=False, backlog=2048))
    speaking = asyncio.create_task(mouth.run()) if speaks else None
    await server.serve()
    if speaking:
        speaking.cancel()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4] == "1", sys.argv[5] == "1"))
