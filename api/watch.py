"""Whether a house that runs on this machine still hears its platforms. For `giaouoc check`."""

from datetime import UTC, datetime, timedelta

import httpx
from pydantic import ValidationError

from api.checks import Finding
from api.shapes import Ready
from models.settings import Settings

STALE = timedelta(minutes=3)
"""A poll lasts half a minute, a look at a webhook comes every minute."""
PATIENCE_S = 3.0


async def heard_of_late(found: Settings) -> list[Finding]:
    """One line a bot; nothing, when no house answers at its address."""
    url = f"http://{found.own_host}:{found.port}/readyz"
    try:
        async with httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False) as http:
            answer = await http.get(url)
        ready = Ready.model_validate_json(answer.content)
    except (httpx.HTTPError, ValidationError):
        return []
    now = datetime.now(UTC)
    return [_finding(name, now - polled) for name, polled in sorted(ready.channels.items())]


def _finding(name: str, since: timedelta) -> Finding:
    told = f"the running program heard from its platform {max(0, since.total_seconds()):.0f} s ago"
    return Finding(f"watch {name}", since < STALE, told)
