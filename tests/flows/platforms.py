"""The platforms that faults are played on, with the same words for what a person does and what goes wrong there.

To add a channel, write its platform and name it in `PLATFORMS`: every fault is then played on it.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any, ClassVar, Literal, Protocol

from bot.channels.base import Called, Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_sends import Sends
from bot.channels.telegram_webhook import Webhook as TelegramWebhook
from bot.channels.zalo import ZaloChannel
from bot.channels.zalo_webhook import Webhook as ZaloWebhook
from tests.fakes import telegram, zalo
from tests.fakes.hook import Delivery
from tests.secrecy import secret

Mode = Literal["poll", "webhook"]
Json = dict[str, Any]
MODES: tuple[Mode, ...] = ("poll", "webhook")
OUT = (
    "500", "HTML 502", "dropped before", "dropped after", "slow", "429 for a second", "429 for half a minute",
    "429 for a minute",
)  # fmt: skip
"""What a send may meet."""
IN = ("500", "HTML 502", "dropped before", "dropped after", "slow", "401", "404", "429 for a second")
"""What may be met by whoever asks for news, or looks after a webhook."""
SECRET = secret("the-secret-of-a-webhook-that-nobody-guesses")
PUBLIC = "https://giao-uoc.example"


class Speaking(Channel, Called, Protocol):
    """A channel that hears by both ways."""


class Platform(ABC):
    """One bot's server on loopback. A `phone` is a Person of its fake."""

    name: ClassVar[str]
    token: ClassVar[str]
    another_token: ClassVar[str]
    """Which the platform does not know."""
    faults: ClassVar[Mapping[str, Any]]
    """What goes wrong, in this platform's terms."""
    server: Any
    asks: ClassVar[Mapping[Mode, str]]
    """The method that is called again and again."""

    @property
    def bot(self) -> str:
        return self.token.partition(":")[0]

    @property
    def delivery(self) -> Delivery:
        found: Delivery = self.server.delivery
        return found

    @abstractmethod
    def channel(self, mode: Mode, wire: Callable[[], datetime], base: str) -> Speaking:
        """`base` is where the house listens."""

    @abstractmethod
    def settings(self, mode: Mode) -> dict[str, str]:
        """Of the real program."""

    @abstractmethod
    def chat(self, phone: Any) -> str: ...

    @abstractmethod
    def shown(self, phone: Any) -> list[str]:
        """The texts that a phone was sent, in order."""

    @abstractmethod
    def links(self, phone: Any, code: str) -> None: ...

    @abstractmethod
    def sends_picture(self, phone: Any, content: bytes, caption: str) -> None: ...

    @abstractmethod
    def waiting(self) -> list[Json]:
        """What was said and is not taken yet."""

    def is_quiet(self) -> bool:
        """Nothing waits to be taken, and nothing is on its way."""
        return not self.waiting()

    async def stops_calling(self) -> None:
        if self.server.delivery:
            await self.server.delivery.stop()

    def was_cut_off(self) -> None:  # noqa: B027 - most have nothing to forget
        """Whoever listened was killed, perhaps with an answer on its way."""

    @contextmanager
    def out_of_order(self) -> Iterator[None]:
        """What is said within comes in another order afterwards. Nothing may be awaited within."""
        calling, self.server.delivery = self.server.delivery, None
        waiting = self.waiting()
        before = len(waiting)
        yield
        held = waiting[before:]
        del waiting[before:]
        self.server.delivery = calling
        random.shuffle(held)
        self.server.news(*self.renumbered(held))

    def renumbered(self, news: list[Json]) -> list[Json]:
        return news

    # --- what goes wrong ---

    def sends_meet(self, fault: str, times: int = 1) -> None:
        self.server.fails("sendMessage", *[self.faults[fault]] * times)

    def asks_meet(self, mode: Mode, fault: str, times: int = 1) -> None:
        self.server.fails(self.asks[mode], *[self.faults[fault]] * times)

    def goes_down(self) -> None:
        self.server.always["sendMessage"] = self.faults["500"]

    def comes_back(self) -> None:
        del self.server.always["sendMessage"]

    def forgets_the_token(self) -> None:
        self.server.token = self.another_token

    def knows_the_token(self) -> None:
        self.server.token = self.token


class Telegram(Platform):
    name = "telegram"
    token = telegram.TOKEN
    another_token = secret("7000000001:AANotOursForAWhile_00000000000000000000")
    asks: ClassVar[Mapping[Mode, str]] = {"poll": "getUpdates", "webhook": "getWebhookInfo"}
    faults: ClassVar[Mapping[str, telegram.Fault]] = {
        "500": telegram.SERVER_ERROR,
        "HTML 502": telegram.BAD_GATEWAY,
        "dropped before": telegram.DROPPED_BEFORE,
        "dropped after": telegram.DROPPED_AFTER,
        "slow": telegram.slow(2.2),
        "429 for a second": telegram.limited(1),
        "429 for half a minute": telegram.limited(30),
        "429 for a minute": telegram.limited(60),
        "401": telegram.UNAUTHORIZED,
        "404": telegram.NOT_FOUND,
        "blocked": telegram.BLOCKED,
    }

    def __init__(self) -> None:
        self.server = telegram.TelegramServer()

    def channel(self, mode: Mode, wire: Callable[[], datetime], base: str) -> Speaking:
        webhook = TelegramWebhook(f"{base}/hooks/telegram/{self.bot}", SECRET) if mode == "webhook" else None
        return TelegramChannel(
            self.token, self.server.api_url, wire=wire, webhook=webhook, watch_s=0.3, poll_s=1, read_s=0.8,
            sends=Sends(clock=lambda: wire().timestamp()),
        )  # fmt: skip

    def settings(self, mode: Mode) -> dict[str, str]:
        return {
            "GIAOUOC_TELEGRAM_TOKEN": self.token,
            "GIAOUOC_TELEGRAM_API_URL": self.server.api_url,
            "GIAOUOC_TELEGRAM_MODE": mode,
            "GIAOUOC_TELEGRAM_SECRET": SECRET,
        }

    def chat(self, phone: telegram.Person) -> str:
        return str(phone.id)

    def shown(self, phone: telegram.Person) -> list[str]:
        return [message["text"] for message in self.server.sent_to(phone)]

    def links(self, phone: telegram.Person, code: str) -> None:
        phone.starts(code)

    def sends_picture(self, phone: telegram.Person, content: bytes, caption: str) -> None:
        phone.sends_document(content, name="minh-chung.jpg", caption=caption, media_type="image/jpeg")

    def waiting(self) -> list[Json]:
        found: list[Json] = self.server.updates
        return found

    def renumbered(self, news: list[Json]) -> list[Json]:
        """Of what is polled, numbers always rise."""
        numbers = count(max(update["update_id"] for update in news) + 100)
        return news if self.server.delivery else [{**one, "update_id": next(numbers)} for one in news]


class Zalo(Platform):
    name = "zalo"
    token = zalo.TOKEN
    another_token = secret("4100000001:ZaNotOursForAWhile")
    asks: ClassVar[Mapping[Mode, str]] = {"poll": "getUpdates", "webhook": "getMe"}
    faults: ClassVar[Mapping[str, zalo.Fault]] = {
        "500": zalo.SERVER_ERROR,
        "HTML 502": zalo.BAD_GATEWAY,
        "dropped before": zalo.DROPPED_BEFORE,
        "dropped after": zalo.DROPPED_AFTER,
        "slow": zalo.slow(2.2),
        "429 for a second": zalo.limited(1),
        "429 for half a minute": zalo.limited(30),
        "429 for a minute": zalo.limited(60),
        "401": zalo.UNAUTHORIZED,
        "404": zalo.NOT_FOUND,
        "blocked": zalo.NOT_PERMITTED,
    }

    def __init__(self) -> None:
        self.server = zalo.ZaloServer(hands_out_again=True)

    def channel(self, mode: Mode, wire: Callable[[], datetime], base: str) -> Speaking:
        """Zalo calls https only; behind that address is the house on loopback."""
        self.server.calls_at = base

        def door(bot: str) -> ZaloWebhook:
            return ZaloWebhook(f"{PUBLIC}/hooks/zalo/{bot}", SECRET)

        return ZaloChannel(
            self.token, self.server.api_url, wire=wire, webhook=door if mode == "webhook" else None, alive_s=0.3,
            watch_s=0.3, poll_s=1, poll_gap_s=0.02, read_s=0.8, longer_s=0.5,
        )  # fmt: skip

    def settings(self, mode: Mode) -> dict[str, str]:
        return {
            "GIAOUOC_ZALO_TOKENS": self.token,
            "GIAOUOC_ZALO_API_URL": self.server.api_url,
            "GIAOUOC_ZALO_MODE": mode,
            "GIAOUOC_ZALO_SECRET": SECRET,
            "GIAOUOC_PUBLIC_URL": PUBLIC,
        }

    def chat(self, phone: zalo.Person) -> str:
        return phone.chat

    def shown(self, phone: zalo.Person) -> list[str]:
        found: list[str] = self.server.sent_to(phone)
        return found

    def links(self, phone: zalo.Person, code: str) -> None:
        phone.says(code)

    def sends_picture(self, phone: zalo.Person, content: bytes, caption: str) -> None:
        phone.sends_picture(content, caption)

    def waiting(self) -> list[Json]:
        found: list[Json] = self.server.waiting
        return found

    def is_quiet(self) -> bool:
        return not self.server.waiting and not self.server.on_its_way

    def was_cut_off(self) -> None:
        """Reports differ whether what was just handed out comes again. Here it does; what Zalo itself loses, nobody can
        keep: docs/zalo.md says to use the webhook."""
        self.server.hands_out_the_last_again()


PLATFORMS: Mapping[str, type[Platform]] = {"telegram": Telegram, "zalo": Zalo}
