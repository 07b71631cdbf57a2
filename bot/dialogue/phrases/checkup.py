"""The self-check, as the administrator reads it each working morning."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.dialogue.phrases import channels
from bot.dialogue.phrases.form import moment, number, two


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a bot's month."""

    channel: str
    left: int
    bot: str | None = None
    """Its id, where the channel has several."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the process knows beside the ledger."""

    failed_ticks: int = 0
    """Since the last self-check."""
    backup: Literal["unset", "missing", "old"] | None = None
    """None: there is a fresh one."""
    quotas: Sequence[Quota] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """What left since the last self-check, and what needs a hand."""

    since: datetime
    planned: int
    """Reminders, without those that were withdrawn because nothing was left of them."""
    sent: int
    failed: int
    uncertain: int
    waiting: int
    other: int
    """Messages beside reminders that left: replies, notices, broadcasts."""
    blocked: int
    """People whose every chat is blocked or gone."""
    aside: int
    """Messages from chats that could not be thought through and wait for a hand."""
    around: Surroundings = Surroundings()


def health(told: Health) -> str:
    """`Đã gửi 14/14 tin nhắc; 01 người nhận đã chặn; hạn mức Zalo còn 2.310 tin.`, and what needs a hand."""
    parts = [f"Đã gửi {two(told.sent)}/{two(told.planned)} tin nhắc"]
    if told.blocked:
        parts.append(f"{two(told.blocked)} người nhận đã chặn")
    parts += [f"hạn mức {_whose(one.channel, one.bot)} còn {number(one.left)} tin" for one in told.around.quotas]
    lines = [f"{'; '.join(parts)}.", f"Tính từ {moment(told.since)}; tin khác đã gửi: {two(told.other)}."]
    if needed := _needed(told):
        lines += ["Cần xử lý:", *(f"- {line}" for line in needed)]
    else:
        lines.append("Không có việc cần xử lý.")
    return "\n".join(lines)


def _whose(channel: str, bot: str | None) -> str:
    return f"{channels.name(channel)} (bot {bot})" if bot else channels.name(channel)


def running_out(channel: str, bot: str | None, percent: int, left: int, reserve: int) -> str:
    """A platform's messages of the month are used up to this share; `reserve` per cent are kept for what presses."""
    told = f"Đã dùng {percent}% hạn mức {_whose(channel, bot)} của tháng, còn {number(left)} tin."
    if not reserve:
        return told
    since = "Từ nay đến hết tháng" if percent + reserve >= 100 else f"Khi còn {reserve}%"
    return f"{told} {since}, hệ thống chỉ gửi trả lời và nhắc việc quá hạn; người có kênh khác được nhắc qua kênh đó."


def used_up(channel: str, bot: str | None) -> str:
    """The platform itself says so, whatever the meter shows."""
    return (
        f"{_whose(channel, bot)} không nhận thêm tin: đã hết hạn mức của tháng hoặc đang bị giới hạn. Người có kênh "
        "khác được nhắc qua kênh đó; người không có kênh khác: bộ phận giúp việc nhận danh sách gọi điện thoại. "
        "Hệ thống thử lại mỗi giờ."
    )


_BACKUP = {
    "unset": "chưa đặt thư mục sao lưu (GIAOUOC_BACKUP)",
    "missing": "chưa có bản sao lưu nào (giaouoc backup)",
    "old": "bản sao lưu gần nhất đã quá 02 ngày (giaouoc backup)",
}


def _needed(told: Health) -> list[str]:
    counted = (
        (told.aside, "tin đến chưa xử lý được, để riêng (giaouoc retry)"),
        (told.failed, "tin không gửi được"),
        (told.uncertain, "tin chưa rõ đã gửi được hay chưa"),
        (told.waiting, "tin nhắc chưa gửi, chuyển sang ngày làm việc tiếp theo hoặc đang chờ"),
        (told.around.failed_ticks, "lượt lập lịch bị lỗi (xem nhật ký)"),
    )
    lines = [f"{two(count)} {what}" for count, what in counted if count]
    return lines + ([_BACKUP[told.around.backup]] if told.around.backup else [])
