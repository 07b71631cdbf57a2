"""A file that its platform does not hand over: a link in the chat, the page, *Xong*, the receipt back in the chat."""

import httpx

from api.app import create_app
from tests.api.evidence import files
from tests.api.uploads.tus import Tus
from tests.flows.conftest import OpenWorld

FILM = files.movie() + bytes(5000)


async def test_from_the_chat_to_the_page_and_back(open_world: OpenWorld) -> None:
    async with open_world("2024-06-11 08:30") as world:
        await world.load("noi-chinh-bac-kan-2024")
        an = await world.link("STP")
        told = await an.sends_file("phim.mp4", FILM, "K5")
        assert "Tệp phim.mp4: lớn hơn mức mà kênh này cho phép." in told
        [address] = [word for word in told.split() if word.startswith("http")]
        inside = httpx.ASGITransport(create_app(world.home))
        async with httpx.AsyncClient(transport=inside, base_url=world.home.public_url) as http:
            await Tus(http, f"{address}/files").send(FILM, piece=1000, filename="phim.mp4")
            before = len(an.heard)
            assert (await http.post(f"{address}/done")).status_code == 200
        await world.speak()
        assert "Đã ghi nhận K5: tệp minh chứng phim.mp4" in an.heard[before].text
        assert "K5 được ghi nhận hoàn thành" in await an.says("1")
