"""What everybody can see, read and reach."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.web.phone import Phone, page_of
from tests.web.world import World

pytestmark = pytest.mark.xdist_group("browser")
Profile = Callable[..., BrowserContext]

CONTRAST = """
(element) => {
  const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour, under) => {
    pixel.fillStyle = under; pixel.fillRect(0, 0, 1, 1);
    pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = "rgb(255, 255, 255)";
  for (let each = element; each; each = each.parentElement) {
    const colour = getComputedStyle(each).backgroundColor;
    if (!/, 0\\)$/.test(colour) && colour !== "transparent") { ground = colour; break; }
  }
  const [one, two] = [light(getComputedStyle(element).color, ground), light(ground, ground)];
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}
"""
READ = [
    "h1",
    "#places",
    "#log .day",
    "#log .bot .caption",
    "#log .mine .caption",
    "#log .meta",
    ".choices button",
    "#text",
]


def talk(context: BrowserContext, world: World) -> Phone:
    page = context.new_page()
    page.goto(world.url + "/chat")
    phone = Phone(page)
    phone.links(world.code("CA", "focal"))
    phone.says("K5 50%")
    phone.hears("50%")
    phone.says("K4")
    phone.offered("Đang thực hiện")
    return phone


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_by_day_and_by_night(profile: Profile, world: World, scheme: str) -> None:
    phone = talk(profile(scheme=scheme), world)
    ratios = {selector: phone.find(selector).first.evaluate(CONTRAST) for selector in READ}
    assert min(ratios.values()) >= 4.5, ratios


def test_night_is_dark(profile: Profile, world: World) -> None:
    page = profile(scheme="dark").new_page()
    page.goto(world.url + "/chat")
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(16, 21, 26)"


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_nothing_scrolls_sideways(profile: Profile, world: World, width: int) -> None:
    phone = talk(profile(width=width, height=700), world)
    phone.says("https://example.vn/" + "rấtdài" * 60)
    phone.all_sent()
    phone.types("x" * 3900)
    assert not phone.overflows()


def test_a_first_visit_fits_a_small_phone(profile: Profile, world: World) -> None:
    page = profile(width=320, height=568).new_page()
    page.goto(world.url + "/chat")
    phone = Phone(page)
    assert not phone.overflows()
    expect(page.get_by_role("button", name="Tiếp tục")).to_be_in_viewport()


def test_a_screen_reader_finds_its_way(linked: Phone) -> None:
    page = page_of(linked)
    expect(page.get_by_role("heading", name="Giao ước thi đua")).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    for name in ("Đính kèm tệp", "Gửi"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="Tin nhắn")).to_be_visible()
    linked.says("K4")
    linked.offered("Đang thực hiện")
    expect(page.get_by_role("group", name="Lựa chọn trả lời")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "vi"
    assert page.locator("button:not([aria-label]):empty").count() == 0


def test_what_was_shown_is_acknowledged(linked: Phone, world: World) -> None:
    linked.says("K5 51%")
    linked.hears("51%")
    page_of(linked).wait_for_timeout(800)
    assert world.unseen(world.chat_of("K5 51%")) == 0
