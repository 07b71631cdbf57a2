"""The real program does not start on webhooks that anybody could call, and says in one sentence what is missing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.platforms import PLATFORMS
from tests.flows.process import ROOT
from tests.secrecy import search


@pytest.mark.parametrize("secret", ["", "short"])
@pytest.mark.parametrize("role", ["up", "bot"])
@pytest.mark.parametrize("name", PLATFORMS)
def test_a_webhook_without_a_secret_is_refused_at_start(tmp_path: Path, name: str, role: str, secret: str) -> None:
    platform = PLATFORMS[name]()
    platform.server.api_url = "http://127.0.0.1:9"
    setting = f"GIAOUOC_{name.upper()}_SECRET"
    settings = platform.settings("webhook") | {setting: secret, "GIAOUOC_DATA": str(tmp_path), "GIAOUOC_PORT": "0"}
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GIAOUOC_")}
    ran = subprocess.run(
        [sys.executable, "-c", "from main import cli; cli()", role], cwd=ROOT, env=clean | settings, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (1, "")
    assert setting in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
    search(ran.stderr, "what it says")
    assert not any(tmp_path.iterdir()), "nothing was begun"
