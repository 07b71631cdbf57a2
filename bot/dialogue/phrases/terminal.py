"""What the administrator reads on a terminal."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.dialogue.phrases import bloc, channels
from bot.dialogue.phrases.form import day, moment, number, two

_PLACES = {
    "focal": "cán bộ đầu mối",
    "deputy_focal": "cán bộ đầu mối dự phòng",
    "leader": "lãnh đạo đơn vị",
    "head": "Trưởng khối",
    "deputy_head": "Phó Trưởng khối",
    "desk": "bộ phận giúp việc Trưởng khối",
}
_EVENTS = {
    "done": "báo hoàn thành",
    "progress": "báo tiến độ",
    "difficulty": "khó khăn, vướng mắc",
    "acknowledged": "đã nhận thông tin",
    "promise": "dự kiến ngày gửi",
    "signing": "đang trình ký",
    "letter": "đã gửi công văn",
    "nothing": "không phát sinh",
    "same": "như kỳ trước",
    "outside": "nộp ngoài hệ thống",
    "evidence": "gửi minh chứng",
    "undo": "hủy nội dung đã gửi",
    "extension": "xin gia hạn",
    "extended": "được gia hạn",
    "not_extended": "không được gia hạn",
    "returned": "được đề nghị bổ sung",
    "confirmed": "được xác nhận",
    "waived": "được miễn",
    "objected": "báo đã gửi",
}
_STATES = {
    "queued": "đang chờ gửi",
    "claimed": "đang gửi",
    "sent": "đã gửi",
    "uncertain": "chưa rõ đã gửi được hay chưa",
    "failed": "không gửi được",
    "withdrawn": "đã rút lại",
    "expired": "hết giờ, chuyển ngày sau",
    "carried over": "chuyển sang tin ngày làm việc tiếp theo",
}


def loaded(numbers: Mapping[str, Any], agencies: int, obligations: int, *, dry_run: bool) -> str:
    """What a bloc file changed, with its warnings."""
    did = "Chạy thử, chưa lưu" if dry_run else "Đã nạp"
    lines = [
        f"{did}: {numbers['bloc']}, năm {numbers['season']}: {two(agencies)} đơn vị, {two(obligations)} nhiệm vụ.",
        f"Tạo mới {numbers['created']}, thay đổi {numbers['changed']}.",
    ]
    if numbers["warnings"]:
        lines += ["", f"Lưu ý ({two(len(numbers['warnings']))}):", *(f"- {warning}" for warning in numbers["warnings"])]
    return "\n".join(lines)


def invitations(lines: Sequence[Mapping[str, Any]]) -> str:
    """One line for each place that is still to be filled."""
    if not lines:
        return "Mọi vị trí đã có người kết nối."
    shown = [
        f"{line['code'][:4]} {line['code'][4:]}  {_PLACES.get(line['role'], line['role'])}, {line['agency']}"
        if line["code"]
        else f"---------  {_PLACES.get(line['role'], line['role'])}, {line['agency']}: không dùng ứng dụng"
        for line in lines
    ]
    return "\n".join([*shown, "", "Mỗi mã dùng một lần, có hiệu lực 45 ngày."])


def administrator(code: str) -> str:
    """The code for whoever gets the self-check."""
    return f"{code[:4]} {code[4:]}  quản trị hệ thống: nhận tin tự kiểm tra mỗi sáng làm việc"


def story(told: Mapping[str, Any]) -> str:
    """The whole story of one obligation, oldest first."""
    lines = [
        f"{told['id']}: {told['milestone']}, {told['agency']}. Thời hạn {day(told['due_on'])}.",
        *(f"- {moment(event['at'])}: {_event(event)}" for event in told["events"]),
    ]
    if not told["events"]:
        lines.append("- Chưa có tin nhắc và chưa có phản hồi.")
    if told["silence"]:
        lines.append(f"Chưa hoàn thành quá hạn, lý do: {_SILENT[told['silence']]}.")
    quiet = "; ".join(_QUIET.get(reason, reason) for reason in told["quiet_because"])
    if quiet:
        again = f" Xem lại ngày {day(told['look_on'])}." if told["look_on"] else ""
        lines.append(f"Hiện không gửi vì: {quiet}.{again}")
    return "\n".join(lines)


_SILENT = {"waiting_for_head": "đang chờ Trưởng khối", **bloc.WHY}
_QUIET = {
    "closed": "năm thi đua đã đóng",
    "past": "đã qua, không theo dõi",
    "submitted": "đơn vị đã gửi, đang chờ xác nhận",
    "confirmed": "đã được xác nhận",
    "waived": "đã được miễn",
    "held": "khối đang tạm dừng gửi tin",
    "waiting_for_head": "đang chờ Trưởng khối quyết định gia hạn",
    "promised": "đơn vị đã báo ngày dự kiến",
    "said_sent": "đơn vị báo đã gửi trong ngày",
    "off_channel": "đơn vị không dùng ứng dụng",
    "not_linked": "chưa có ai của đơn vị kết nối",
    "not_delivered": "kênh của đơn vị không nhận được tin",
    "handed": "đã hết số lần nhắc, chuyển bộ phận giúp việc",
    "before_the_first_rung": "chưa đến bậc nhắc đầu tiên",
    "between_rungs": "chưa đến bậc nhắc tiếp theo",
    "week_is_full": "cán bộ đầu mối đã nhận đủ số tin của tuần",
    "next_message": "tin hôm nay đã gửi, chờ tin của ngày làm việc sau",
}
_STEPS = {
    "deputy": "chuyển cán bộ đầu mối dự phòng",
    "desk": "báo bộ phận giúp việc",
    "leader": "xin ý kiến gửi tin tới lãnh đạo đơn vị",
    "handed": "hết số lần nhắc, giao bộ phận giúp việc",
}
_SKIPPED = {
    "no_deputy": "chưa có cán bộ đầu mối dự phòng",
    "not_linked": "chưa kết nối",
    "off_channel": "không dùng ứng dụng",
    "no_desk": "bộ phận giúp việc chưa kết nối",
    "no_head": "Trưởng khối chưa kết nối",
    "no_leader": "chưa có lãnh đạo đơn vị trong danh sách",
    "is_head": "lãnh đạo đơn vị là Trưởng khối",
    "by_phone": "đã nằm trong danh sách gọi điện thoại",
    "told_already": "đã nhận thay cán bộ đầu mối",
}
_KINDS = {
    "deputy": "chuyển cán bộ đầu mối dự phòng",
    "desk": "báo bộ phận giúp việc",
    "phone": "danh sách gọi điện thoại",
    "leader": "xin ý kiến Trưởng khối",
}
_HOLDS = {"hold": "tạm dừng gửi tin của khối", "release": "tiếp tục gửi tin của khối"}


def _step(event: Mapping[str, Any]) -> str:
    """One step of escalation."""
    what = f"im lặng từ {day(event['since'])}, {_STEPS[event['step']]}"
    match event["outcome"]:
        case "skipped":
            return f"{what}: bỏ qua, {_SKIPPED.get(event['why'], event['why'])}"
        case "told" if event["decided_by"]:
            return f"{what}: {event['decided_by']} đồng ý {moment(event['decided_at'])}"
        case "declined":
            return f"{what}: {event['decided_by']} không đồng ý {moment(event['decided_at'])}"
        case _:
            return f"{what}: {', '.join(event['people'])}"


_WHYS = (
    ("kept back", "phần hạn mức còn lại của tháng dành cho tin trả lời và nhắc việc quá hạn"),
    ("Quota exceeded", "kênh báo đã hết hạn mức của tháng"),
    ("the bot rests", "kênh đang bị giới hạn tốc độ hoặc hạn mức"),
    ("the token is not accepted", "kênh không nhận mã truy cập của bot"),
    ("its day was over", "hết ngày, chưa gửi được"),
    ("the lease ended", "chưa rõ kết quả gửi"),
    ("nothing is left to say", "không còn việc cần nhắc"),
    ("the chat is blocked or gone", "người nhận đã chặn hoặc đã rời"),
    ("the bloc is held", "khối tạm dừng gửi tin"),
)


def _why(why: str) -> str:
    """What the ledger gives as the reason. What a platform itself has said is quoted."""
    if why.startswith("not by "):
        return f"chưa gửi được qua {channels.name(why.removeprefix('not by ').partition(':')[0])}"
    return next((said for begins, said in _WHYS if why.startswith(begins)), why)


def _event(event: Mapping[str, Any]) -> str:
    if event["what"] == "escalation":
        return _step(event)
    if event["what"] in _HOLDS:
        return _HOLDS[event["what"]]
    if event["what"] in _REACH:
        return f"{_REACH[event['what']]}{_of_reach(event)}"
    if event["what"] != "rung":
        return f"{_EVENTS.get(event['what'], event['what'])}{_detail(event)} ({event['receipt']}, {event['channel']})"
    why = f", {_why(event['why'])}" if event["why"] else ""
    sent = f" {moment(event['sent_at'])}" if isinstance(event["sent_at"], datetime) else ""
    sent += f" qua {channels.name(event['channel'])}" if sent and event["channel"] else ""
    kind = f" ({_KINDS[event['kind']]})" if event["kind"] in _KINDS else ""
    return f"nhắc{kind}, bậc {_rung(event['rung'])}: {_STATES.get(event['state'], event['state'])}{sent}{why}"


def _rung(offset: int) -> str:
    return f"{offset:+d}" if offset else "0"


_REACH = {
    "off_channel": "đơn vị không dùng ứng dụng (ghi trong tệp khối)",
    "no_code": "chưa cấp mã liên kết cho cán bộ đầu mối",
    "code": "cấp mã liên kết",
    "linked": "kết nối",
    "unlinked": "ngừng kết nối",
    "shut": "kênh không nhận được tin",
}
_REACH_ENDS = {
    "used": "đã dùng",
    "revoked": "đã hủy",
    "waiting": "chưa dùng",
    "blocked": "đã chặn",
    "gone": "không còn",
}


def _of_reach(event: Mapping[str, Any]) -> str:
    ended = _REACH_ENDS.get(event.get("outcome") or event.get("state") or "")
    told = ", ".join(filter(None, (event.get("channel"), ended)))
    return f" ({told})" if told else ""


def _detail(event: Mapping[str, Any]) -> str:
    if event.get("percent") is not None:
        return f" {event['percent']}%"
    return f" {event['letter']}" if event.get("letter") else ""


def held(withdrawn: int) -> str:
    return f"Đã tạm dừng mọi tin nhắc của khối; rút lại {two(withdrawn)} tin chưa gửi."


def released(was_held: bool) -> str:
    if not was_held:
        return "Khối không trong thời gian tạm dừng; không có gì thay đổi."
    return "Đã tiếp tục gửi tin nhắc; mỗi người nhận nhiều nhất một tin trong ngày."


def rehearsing(on: date, place: int, of: int) -> str:
    """Progress, while a rehearsal is played."""
    return f"Đang diễn tập ngày {day(on)} ({two(place)}/{two(of)})"


def rehearsal(told: Mapping[str, Any]) -> str:
    """Every message of the next days, as it would be sent."""
    messages = told["messages"]
    lines = [
        f"Diễn tập {two(told['days'])} ngày từ {moment(told['since'])}: {two(len(messages))} tin, chưa gửi tin nào."
    ]
    if told["held"]:
        lines.append("Khối đang trong thời gian tạm dừng.")
    for message in messages:
        whom = ", ".join(part for part in (message["person"], message["agency"]) if part)
        codes = f" [{', '.join(message['codes'])}]" if message["codes"] else ""
        lines += ["", f"{moment(message['at'])} – {whom} – {channels.name(message['channel'])}{codes}"]
        lines += [f"    {line}" for line in message["text"].splitlines()]
        if message["choices"]:
            lines.append(f"    ({' / '.join(message['choices'])})")
    lines += ["", *(_quota(one) for one in told["quota"])]
    return "\n".join(lines).rstrip()


def _quota(one: Mapping[str, Any]) -> str:
    year, month = one["month"].split("-")
    sent = f", đã gửi {one['sent']}" if one["sent"] else ""
    bot = f" (bot {one['bot']})" if one["bot"] else ""
    line = f"{channels.name(one['channel'])}{bot}, tháng {month}/{year}: {one['rehearsed']} tin{sent}."
    return line if one["limit"] is None else f"{line} {_forecast(one)}"


def _forecast(one: Mapping[str, Any]) -> str:
    """Replies that are still to come are not known and not counted."""
    coming = one["used"] + one["rehearsed"]
    told = f"Bot đã dùng {number(one['used'])}, dự kiến {number(coming)} trên {number(one['limit'])} tin của tháng."
    if coming > one["limit"]:
        return f"{told} VƯỢT HẠN MỨC: tin vượt sẽ chờ hoặc chuyển kênh khác."
    if coming >= one["open_until"]:
        return f"{told} Vào phần dự trữ cho tin trả lời và nhắc quá hạn: tin khác sẽ chờ hoặc chuyển kênh khác."
    return told


def crowded(channel: str, bot: str, people: int, room: int) -> str:
    """To whoever invites more than a bot takes."""
    return (
        f"Bot {channels.name(channel)} {bot}: {people} người sẽ nhắn tin khi mọi mã được dùng, gói hiện tại cho {room} "
        f"người. Cần thêm một bot (GIAOUOC_{channel.upper()}_TOKENS) hoặc để một số người dùng kênh khác."
    )
