"""A post that is handed over, and somebody who is away."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.dialogue.phrases.form import day, moment, two, weekday
from bot.dialogue.phrases.links import numbered, place
from bot.dialogue.phrases.people import CONFIRM, PLEASE_CONFIRM, role
from bot.dialogue.posts.values import AwayView, Colleague
from bot.dialogue.values import Place
from models.wire import Say

# --- bàn giao -----------------------------------------------------------------------------------------------------


def which_post(places: Sequence[Place]) -> Say:
    return Say(text="Bàn giao vị trí nào?", choices=numbered([*map(place, places), "Thôi"]))


def confirm_handover(one: Place, open_tasks: int) -> Say:
    tasks = f" Nhiệm vụ đang mở: {two(open_tasks)}." if one.answers else ""
    return Say(
        text=f"Bàn giao {place(one)}.{tasks} Nhiệm vụ, ngày dự kiến, tệp đang chờ và lịch sử trao đổi ở lại với "
        "đơn vị.\n"
        "Khi người nhận nhập mã và xác nhận, đồng chí không còn trả lời thay đơn vị.\n"
        f"{PLEASE_CONFIRM}",
        choices=CONFIRM,
    )


def handover_code(one: Place) -> Say:
    return Say(
        text=f"Mã bàn giao {place(one)}: {{CODE}}\n"
        "Đề nghị chuyển mã cho đúng người nhận, không gửi vào nhóm chung; người nhận nhập mã tại cuộc trò chuyện của "
        "mình và xác nhận. Đến lúc đó đồng chí vẫn phụ trách. Để thôi bàn giao, soạn: hủy bàn giao."
    )


def not_handed_over() -> Say:
    return Say(text="Chưa bàn giao, không có gì thay đổi.")


def handover_called_off() -> Say:
    return Say(text="Đã hủy bàn giao. Mã bàn giao không còn hiệu lực, đồng chí tiếp tục phụ trách.")


def no_handover() -> Say:
    return Say(text="Không có bàn giao nào đang chờ. Để bàn giao, soạn: bangiao.")


def for_your_successor() -> Say:
    return Say(
        text="Mã này dành cho người nhận bàn giao, nhập tại cuộc trò chuyện của người đó. "
        "Để thôi bàn giao, soạn: hủy bàn giao."
    )


def handed_over(whose: str, role_name: str, to: str, at: datetime) -> str:
    """To the one who held the post."""
    return (
        f"Đã bàn giao {whose} – {role(role_name)} cho đồng chí {to}, {moment(at)}. Đồng chí không còn nhận tin nhắc và "
        "không còn trả lời thay đơn vị tại đây. Trân trọng cảm ơn đồng chí."
    )


def taken_over(whose: str, role_name: str | None, from_whom: str) -> str:
    return f"Đã nhận bàn giao {whose} – {role(role_name)} từ đồng chí {from_whom}."


def drafts_taken(count: int) -> Say:
    return Say(text=f"Người bàn giao còn để lại {two(count)} tệp chưa rõ nhiệm vụ. Đề nghị ghi mã nhiệm vụ, ví dụ K7.")


def news(whose: str, role_name: str, from_whom: str, to: str, at: datetime) -> str:
    """To the desk."""
    return f"Bàn giao: {whose} – {role(role_name)} từ đồng chí {from_whom} sang đồng chí {to}, {moment(at)}."


# --- vắng ---------------------------------------------------------------------------------------------------------


def span(first: date, last: date) -> str:
    if first == last:
        return f"{weekday(first)}, ngày {day(first)}"
    return f"từ {weekday(first)} {day(first)} đến hết {weekday(last)} {day(last)}"


def how_to_be_away(away: Sequence[AwayView]) -> Say:
    known = [f"{view.agency}: {span(view.first, view.last)}, {view.cover} thay." for view in away]
    lines = [*known, "Báo vắng, ví dụ: vang từ 10/6 đến 15/6, hoặc: vang từ 10/6 đến 15/6 Trần Văn Bình."]
    if known:
        lines.append("Hủy báo vắng, soạn: hủy vắng.")
    return Say(text="\n".join(lines))


def no_such_day(said: str) -> Say:
    return Say(text=f"Không có ngày {said}. Chưa ghi nhận. Ví dụ: vang từ 10/6 đến 15/6.")


def days_are_over() -> Say:
    return Say(text="Những ngày này đã qua. Chưa ghi nhận. Ví dụ: vang từ 10/6 đến 15/6.")


def days_backwards(first: date, last: date) -> Say:
    return Say(text=f"Ngày cuối {day(last)} trước ngày đầu {day(first)}. Chưa ghi nhận. Ví dụ: vang từ 10/6 đến 15/6.")


def too_long_away(most: int) -> Say:
    return Say(
        text=f"Báo vắng tối đa {two(most)} ngày. Nếu thôi phụ trách, đề nghị bàn giao, soạn: bangiao. Chưa ghi nhận."
    )


def nobody_stands_in(agency: str) -> Say:
    return Say(
        text=f"Chưa ghi nhận: {agency} chưa có người khác đã kết nối để nhận tin thay. Đề nghị bộ phận giúp việc cấp "
        "mã cho cán bộ đầu mối dự phòng, hoặc ghi tên người thay đã kết nối."
    )


def who_is_that(named: str, colleagues: Sequence[Colleague]) -> Say:
    known = "; ".join(f"{one.person} – {role(one.role)}" for one in colleagues)
    return Say(text=f"Chưa rõ người thay “{named}”. Chưa ghi nhận. Người đã kết nối của đơn vị: {known}.")


def which_cover(agency: str, colleagues: Sequence[Colleague]) -> Say:
    labels = [f"{one.person}, {role(one.role)}" for one in colleagues]
    return Say(text=f"Ai nhận tin thay tại {agency}?", choices=numbered([*labels, "Thôi"]))


def away(agency: str, first: date, last: date, cover: Colleague, today: date) -> str:
    back = "Tin nhắc trở lại với đồng chí từ ngày làm việc tiếp theo."
    return (
        f"Đã ghi nhận: đồng chí vắng {span(first, last)}. Tin nhắc của {agency} gửi {cover.person} – "
        f"{role(cover.role)} trong {'ngày này' if first == last else 'những ngày này'}. {back} Hủy, soạn: hủy vắng."
    )


def away_called_off() -> Say:
    return Say(text="Đã hủy báo vắng. Tin nhắc gửi lại cho đồng chí.")


def not_away() -> Say:
    return Say(text="Không có báo vắng nào đang hiệu lực. Báo vắng, ví dụ: vang từ 10/6 đến 15/6.")


def you_stand_in(person: str, agency: str, first: date, last: date) -> str:
    """To the one who stands in."""
    return (
        f"Đồng chí {person}, {agency}, báo vắng {span(first, last)} và đề nghị đồng chí nhận tin nhắc thay "
        "trong thời gian này."
    )


def line(view: AwayView) -> str:
    return f"{view.agency}: {view.person} vắng {span(view.first, view.last)}, {view.cover} nhận tin thay"


def away_now(view: AwayView) -> str:
    """Beside the agency's name."""
    return f"{view.person} vắng đến {day(view.last)}, {view.cover} nhận tin thay"


def list_away(away: Sequence[AwayView]) -> Say:
    if not away:
        return Say(text="Không có ai báo vắng.")
    return Say(text="\n".join(["Báo vắng:", *(f"- {line(view)}" for view in away)]))


def only_who_answers() -> Say:
    return Say(text="Báo vắng dành cho cán bộ đầu mối đang nhận tin nhắc của đơn vị.")
