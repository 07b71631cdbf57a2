"""Find a Chromium for the browser tests, or get one: `python -m tests.browser_setup`.

In this order: `CHROMIUM` (a path), an installed browser, Playwright's own download, and, for root on a Debian-like
system, the distribution's package (said first; `APT=no` refuses it). Quick when there is one already.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
DOWNLOAD_PATIENCE = 600
"""Seconds."""


def executable() -> str | None:
    """The path of a Chromium that runs on this machine."""
    if given := os.environ.get("CHROMIUM"):
        return given
    return next((path for path in _candidates() if _runs(path)), None)


def _candidates() -> Iterator[str]:
    yield from (found for name in NAMES if (found := shutil.which(name)))
    yield from ELSEWHERE
    yield _downloaded()


def _downloaded() -> str:
    """Where Playwright would keep its own."""
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _runs(path: str) -> bool:
    """Whether it starts: a downloaded browser may lack the system's libraries, a package may be an empty shell."""
    if not Path(path).exists():
        return False
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _download() -> None:
    print("No Chromium found; asking Playwright to download its own.", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], timeout=DOWNLOAD_PATIENCE)
    except subprocess.TimeoutExpired:
        print("The download took too long.", flush=True)


def _install_package() -> None:
    if os.environ.get("APT") == "no":
        print("APT=no: the distribution's package is not installed.")
        return
    if not (shutil.which("apt-get") and Path("/etc/debian_version").exists() and os.geteuid() == 0):
        return
    print("Installing the distribution's package `chromium` with apt-get (APT=no refuses this).", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], env=quiet)


def main() -> int:
    for attempt in (None, _download, _install_package):
        if attempt:
            attempt()
        if found := executable():
            print(f"Browser tests use {found}")
            return 0
    print("No Chromium could be had: install one, or set CHROMIUM to the path of one.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
