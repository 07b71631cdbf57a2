"""A mouth in a process of its own, over HTTP. `python -m tests.bench.telegram_mouth API_URL BOT_API_URL PACED(1|0)`"""

import sys

import uvloop

from bot.client import Client
from bot.mouth import Mouth
from tests.bench.telegram_serving import channel


async def main(api: str, bot_api: str, paced: bool) -> None:
    telegram = channel(bot_api, paced)
    await telegram.open()
    await Mouth(telegram, Client(api, "bench")).run()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], sys.argv[3] == "1"))
