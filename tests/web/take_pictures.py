"""Takes the pictures of the README and of the guides from a running demo, after one round was played in it:

    .venv/bin/python -m tests.web.take_pictures

writes `docs/pictures/chat.png` (the demo's three phones) and `docs/pictures/phone.png` (one phone, by day and by
night). Needs a Chromium: `python -m tests.browser_setup` finds one.
"""

import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser_setup import executable
from tests.web.demo import ROOT, running_demo
from tests.web.phone import Phone, in_frame

PICTURES = ROOT / "docs/pictures"
GAP = 24


def page(browser: Browser, url: str, width: int, height: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=1.5,
        color_scheme=scheme,  # type: ignore[arg-type]
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
    )
    opened = context.new_page()
    opened.goto(url)
    return opened


def play(landing: Page) -> None:
    """A reminder, an answer, a photo, and the head's look at the whole."""
    focal, desk, head = (in_frame(landing, name) for name in ("focal", "desk", "head"))
    expect(focal.told.first).to_be_visible(timeout=30_000)
    landing.get_by_role("button", name="Dừng").click()
    focal.says("K5 70%")
    focal.answered()
    desk.says("ai chưa gửi K5")
    desk.answered()
    landing.get_by_role("button", name="một ảnh cho K5").click()
    focal.find("#send").click()
    expect(focal.own.last).to_contain_text("vi-du.jpg", timeout=15_000)
    focal.answered()
    landing.get_by_role("button", name="/status").click()
    head.find("#send").click()
    head.answered()
    landing.wait_for_timeout(800)


def beside(left: bytes, right: bytes) -> Image.Image:
    """Two pictures on one sheet."""
    pictures = [Image.open(BytesIO(each)) for each in (left, right)]
    whole = Image.new("RGB", (sum(each.width for each in pictures) + GAP, pictures[0].height), "white")
    whole.paste(pictures[0], (0, 0))
    whole.paste(pictures[1], (pictures[0].width + GAP, 0))
    return whole


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = executable()
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        landing = page(browser, url, 1360, 820, "light")
        play(landing)
        landing.screenshot(path=PICTURES / "chat.png")
        shots = []
        for scheme in ("light", "dark"):
            phone = page(browser, f"{url}/chat?phone=focal", 360, 740, scheme)
            Phone(phone).answered()
            phone.wait_for_timeout(500)
            shots.append(phone.screenshot())
        beside(*shots).save(PICTURES / "phone.png", optimize=True)
        browser.close()
    print(f"Pictures in {PICTURES}")


if __name__ == "__main__":
    main()
