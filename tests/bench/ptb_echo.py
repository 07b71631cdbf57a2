"""python-telegram-bot as its webhook example has it: an echo that stores nothing.
`python -m tests.bench.ptb_echo PORT BOT_API_URL`"""

import asyncio
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message
    assert update.message.text
    await update.message.reply_text(update.message.text)


async def main(port: int, url: str) -> None:
    application = Application.builder().token("1:bench").base_url(f"{url}/bot").updater(None).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))

    async def telegram(request: Request) -> Response:
        await application.update_queue.put(Update.de_json(data=await request.json(), bot=application.bot))
        return Response()

    async def alive(request: Request) -> PlainTextResponse:
        return PlainTextResponse("alive")

    app = Starlette(routes=[Route("/hooks/telegram/1", telegram, methods=["POST"]), Route("/livez", alive)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", access_log=False, backlog=2048))
    async with application:
        await application.start()
        await server.serve()
        await application.stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
