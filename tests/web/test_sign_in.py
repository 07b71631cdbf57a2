"""A visitor becomes somebody by a code and one press."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.web.phone import SOON, Phone
from tests.web.world import World

pytestmark = pytest.mark.xdist_group("browser")
Visit = Callable[..., Phone]


def test_a_code_and_one_press_link_the_chat(visit: Visit, world: World) -> None:
    phone = visit()
    code = world.code("VKS", "focal")
    phone.find("#code").fill(f"{code[:4]} {code[4:]}")
    phone.presses("Tiếp tục")
    phone.offered("Đúng")
    phone.hears("Viện Kiểm sát")
    assert not world.code_is_used(code)
    phone.presses("Đúng")
    expect(phone.find("#places")).to_contain_text("Cán bộ đầu mối", timeout=SOON)
    assert world.code_is_used(code)
    expect(phone.find("#link")).to_be_hidden()


def test_a_code_in_the_address_is_used_by_no_visit_of_a_crawler(visit: Visit, world: World) -> None:
    code = world.code("SNV", "focal")
    visit(f"/chat?code={code}")
    phone = visit(f"/chat?code={code}")
    expect(phone.find("#code")).to_have_value(f"{code[:4]} {code[4:]}")
    assert not world.code_is_used(code)
    phone.presses("Tiếp tục")
    phone.offered("Đúng")
    assert "code" not in phone.find("body").evaluate("() => location.href")


def test_a_visit_alone_leaves_no_cookie(visit: Visit, context: BrowserContext) -> None:
    visit()
    assert context.cookies() == []


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(linked: Phone, context: BrowserContext) -> None:
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("giaouoc_chat", True, "Lax")
    assert linked.find("body").evaluate("() => document.cookie") == ""


def test_seven_digits_are_refused_where_they_are_typed(visit: Visit) -> None:
    phone = visit()
    phone.find("#code").fill("1234 567")
    phone.presses("Tiếp tục")
    expect(phone.place.get_by_role("alert").filter(has_text="Mã liên kết gồm đúng 8 chữ số.")).to_be_visible()
    expect(phone.find("#code")).to_be_focused()
    expect(phone.find("#code")).to_have_value("1234 567")


def test_an_unknown_code_is_answered(visit: Visit) -> None:
    phone = visit()
    phone.find("#code").fill("00000000")
    phone.presses("Tiếp tục")
    phone.hears("Mã liên kết không đúng")
    expect(phone.find("#places")).to_have_text("Chưa kết nối")


def test_a_used_code_is_answered(visit: Visit, world: World, profile: Callable[..., BrowserContext]) -> None:
    code = world.code("TAND", "focal")
    visit().links(code)
    page = profile().new_page()
    page.goto(world.url + "/chat")
    second = Phone(page)
    second.find("#code").fill(code)
    second.presses("Tiếp tục")
    second.hears("đã được sử dụng")
    expect(second.find("#places")).to_have_text("Chưa kết nối")
