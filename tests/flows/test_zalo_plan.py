"""What a plan of Zalo's allows: an operator is told before more people are invited than a bot lets in."""

import asyncio
import os
import sys
from pathlib import Path

from tests.fakes.zalo import ZaloServer
from tests.flows.process import ROOT
from tests.flows.test_zalo import House
from tests.secrecy import search_bytes

BLOC = "noi-chinh-bac-kan"


async def types(house: House, *words: str) -> tuple[int | None, str, str]:
    """A command of the operator's, on the house's data: (exit code, stdout, stderr)."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIAOUOC_")}
    own = {"GIAOUOC_DATA": str(house.program.folder)}
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from main import cli; cli()", *words, cwd=ROOT, env=clean | own | house.program.settings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await run.communicate()
    search_bytes(out + err, f"what {words} prints")
    return run.returncode, out.decode(), err.decode()


async def test_whoever_invites_is_told_when_a_bot_would_get_too_many_people(tmp_path: Path) -> None:
    async with ZaloServer() as server:
        house = House(tmp_path, server)
        house.furnish()
        code, out, err = await types(house, "invite", BLOC, "--json")
        assert (code, err) == (0, "")
        assert f"zalo.me/{server.number}" in out
        house.program.settings["GIAOUOC_ZALO_PEOPLE"] = "10"
        code, _, err = await types(house, "invite", BLOC, "--json")
        assert code == 0
        assert f"Bot Zalo {server.number}: " in err
        assert "gói hiện tại cho 10 người" in err
        house.program.settings["GIAOUOC_ZALO_PEOPLE"] = "0"
        assert (await types(house, "invite", BLOC))[2] == ""


async def test_check_tells_the_month_by_the_plan_that_is_set(tmp_path: Path) -> None:
    async with ZaloServer() as server:
        house = House(tmp_path, server)
        house.furnish()
        house.program.settings |= {"GIAOUOC_ZALO_QUOTA": "20000", "GIAOUOC_ZALO_PEOPLE": "400"}
        _, out, _ = await types(house, "check")
        (line,) = [line for line in out.splitlines() if f"quota zalo:{server.number}" in line]
        assert line.startswith("ok")
        assert "0 of 20,000 messages used" in line
        assert "0 of 400 people" in line
