"""The channels, as people call and type them, in the order in which they are offered: Zalo is what everybody has."""

from bot.dialogue.phrases.form import enumerated

NAMES = {"zalo": "Zalo", "telegram": "Telegram", "web": "trang trò chuyện"}
TYPED = {"zalo": "zalo", "telegram": "telegram", "tele": "telegram", "web": "web", "trinh duyet": "web",
         "trang web": "web", "trang tro chuyen": "web"}  # fmt: skip
"""Folded."""
PRINTED = {
    "zalo": ("Zalo", "quét, nhắn mã"),
    "telegram": ("Telegram", "quét để mở"),
    "web": ("Trang web", "không cần cài đặt"),
}
"""On a slip: (name, what to do)."""
CODE_FILLED_IN = "Telegram và trang web tự điền"
ABROAD = {"telegram": "Tin nhắn qua Telegram đi qua máy chủ ở nước ngoài, vì vậy nội dung giữ ở mức tối thiểu."}
"""What the letter says of a channel whose messages leave the country."""


def instead_of(usual: str, this: str) -> str:
    """Why a message comes another way than usual."""
    return f"(Tin gửi qua {name(this)} do chưa gửi được qua {name(usual)}.)"


def name(channel: str) -> str:
    return NAMES.get(channel, channel)


def all_of_them(last: str = "và") -> str:
    """`Zalo, Telegram và trang trò chuyện`."""
    return enumerated(list(NAMES.values()), last)
