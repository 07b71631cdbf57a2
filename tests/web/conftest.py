"""One house and one Chromium a module, a fresh browser profile for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser_setup import executable
from tests.secrecy import search
from tests.web.phone import Phone
from tests.web.world import World

WIDTH = 360
"""A common phone's, in CSS pixels."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    begun = World.begin(tmp_path_factory.mktemp("web"))
    yield begun
    begun.end()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with its module: while it is open, its event loop leaves no room for that of an async test."""
    path = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def profile(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browser profiles; afterwards no page may have broken or met the content security policy."""
    opened: list[BrowserContext] = []
    broken: list[str] = []

    def listen(told: ConsoleMessage) -> None:
        if "Content Security" in told.text:
            broken.append(told.text)

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", listen)

    def open_profile(width: int = WIDTH, height: int = 740, scheme: str = "light") -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
        )
        context.on("page", watch)
        opened.append(context)
        return context

    yield open_profile
    for context in opened:
        for page in context.pages:
            search(page.content(), f"the page {urlsplit(page.url).path[:3]}…")
        context.close()
    assert not broken


@pytest.fixture
def context(profile: Callable[..., BrowserContext]) -> BrowserContext:
    return profile()


@pytest.fixture
def visit(context: BrowserContext, world: World) -> Callable[..., Phone]:
    """Opens the chat's page in a tab."""

    def open_tab(path: str = "/chat") -> Phone:
        page = context.new_page()
        page.goto(world.url + path)
        page.wait_for_selector("body[data-ready]")
        return Phone(page)

    return open_tab


@pytest.fixture
def linked(visit: Callable[..., Phone], world: World) -> Phone:
    """The focal point of Sở Tư pháp, linked."""
    phone = visit()
    phone.links(world.code("STP", "focal"))
    return phone


@pytest.fixture(scope="session")
def picture() -> str:
    return str(Path(__file__).parents[2] / "api/web/static/vi-du.jpg")
