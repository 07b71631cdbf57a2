"""The channels, as people call them."""

NAMES = {"telegram": "Telegram", "zalo": "Zalo", "web": "trang trò chuyện"}


def instead_of(usual: str, this: str) -> str:
    """Why a message comes another way than usual."""
    return f"(Tin gửi qua {name(this)} do chưa gửi được qua {name(usual)}.)"


def name(channel: str) -> str:
    return NAMES.get(channel, channel)
