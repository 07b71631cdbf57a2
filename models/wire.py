"""The shapes that cross a wall: between a platform and the house, and between the house's two halves."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def speakable(text: str) -> str:
    """Without what no database takes: NUL, and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


Spoken = Annotated[str, AfterValidator(speakable)]
"""Text from outside."""
Key = Annotated[str, Field(max_length=500), AfterValidator(speakable)]
"""An id from outside."""
RowId = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""The number of a row of ours."""
LONGEST_REST_S = 24 * 3600.0
Seconds = Annotated[float, Field(allow_inf_nan=False), AfterValidator(lambda s: min(max(s, 0.0), LONGEST_REST_S))]
"""A pause that a platform asks for; beyond a day is a day."""


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileRef(Shape):
    """A file as the platform announced it; the bytes are fetched by `ref` through the channel that heard it."""

    ref: str
    kind: Literal["photo", "document", "video", "audio", "voice"] = "document"
    name: Spoken | None = None
    size: int | None = None
    media_type: str | None = None
    stored: str | None = None
    """Set once the bytes lie in `incoming/`: the key there."""
    trouble: Literal["too_large", "unfetchable"] | None = None
    """Set when the bytes cannot be had: they are larger than the platform or the house allows, or gone."""
    why: Spoken | None = None
    """What met the last try to fetch it."""
    told: bool = False
    """Its sender knows that it could not be had: only a success is news."""


class Unread(Shape):
    """A platform's update that our code could not read, as it came (JSON as text), and why."""

    raw: Spoken
    why: str


IN_A_ROW = "in a row"
"""The group of a picture from a platform without album ids: those of a chat soon after each other are one."""


class Heard(Shape):
    """One inbound event, channel-neutral. `external_id` is unique per (channel, bot): a replay has the same."""

    channel: Key
    bot: Key
    external_id: Key
    chat: Key
    kind: Literal["text", "files", "start", "tap", "blocked", "unblocked", "moved", "unsupported"] = "text"
    text: Spoken = ""
    """What was typed; a tap's meaning; a caption; the payload of a start; the name of what is unsupported;
    the id to which a chat has moved."""
    files: tuple[FileRef, ...] = ()
    group: str | None = None
    """Album id, or `IN_A_ROW`: its files are one submission, confirmed once."""
    message: str | None = None
    """The platform's id of this message, where it has one: an edited message comes under the same."""
    reply_to: str | None = None
    """The id of the message that this one answers, or under which a button was tapped."""
    edited: bool = False
    forwarded: bool = False
    private: bool = True
    write_at: Spoken | None = None
    """In a group: where its people can write to us alone."""
    sender: Spoken | None = None
    """The display name, for the desk's eyes only."""
    obligation: int | None = None
    """Set for files that came by an upload link: the task that the link is bound to."""
    unread: Unread | None = None
    """Set when this update could not be read (`bot.channels.unreadable`): it is set aside for people to look at."""
    sent_at: datetime


class Choice(Shape):
    """One thing that can be answered: a button where the channel has them, a numbered line elsewhere."""

    key: str
    """What is typed on channels without buttons: `1`."""
    label: str
    says: str
    """What a tap means, in the same grammar as typing."""
    style: Literal["primary", "success", "danger"] | None = None
    """Its colour, where the channel has colours."""


class Attachment(Shape):
    """A stored piece of evidence that goes out with a message, where the channel carries files. Its text must do
    without it."""

    receipt: int
    """The update that it belongs to."""
    name: str
    size: int
    picture: bool = False


class Say(Shape):
    """What the bot says to one chat."""

    text: str
    choices: tuple[Choice, ...] = ()
    file: Attachment | None = None


class Parcel(Shape):
    """A claimed outbox row: checked, paced, its text frozen. Settle it with the same `attempt`."""

    id: int
    attempt: int
    bot: str
    chat: str
    kind: str
    say: Say
    not_before: datetime
    lease_until: datetime
    repeated: bool = False


class Outcome(Shape):
    """What became of a parcel on the wire."""

    id: RowId
    attempt: RowId
    result: Literal["sent", "later", "uncertain", "refused", "unreachable"]
    """later: a passing fault; uncertain: it may have arrived; refused: never in this form; unreachable: the
    chat is blocked or gone."""
    external_id: Key | None = None
    why: Spoken | None = None
    retry_after_s: Seconds | None = None
    """Set on a 429: the chat rests, no try is spent."""
    whole_bot: bool = False
    gone: bool = False
    """With unreachable: not blocked by its people, but there no more."""
    moved_to: str | None = None
    """With later: the id that this chat has now."""


class HeardBatch(Shape):
    items: list[Heard] = Field(max_length=100)


class ChatMenu(Shape):
    """The commands that a chat's people can use: (name, what it opens)."""

    chat: str
    commands: tuple[tuple[str, str], ...]


class HeardReceipt(Shape):
    """`parcels` are the replies of messages thought through in the same call, already claimed."""

    stored: int
    repeated: int
    parcels: list[Parcel]
    again_in_s: float | None = None
    """Something waits in the inbox for so long, such as an album for its last picture; then it wants to be claimed."""
    menus: list[ChatMenu] = Field(default_factory=list)
    """Of the chats whose people may have changed."""


class InboxClaim(Shape):
    bot: Key
    n: int = Field(default=10, ge=1, le=100)


class InboxWork(Shape):
    """An inbox row that waits for its files, or that a crash left behind."""

    id: int
    attempt: int
    heard: Heard
    lease_until: datetime


class StoredFile(Shape):
    """What the house knows of bytes it has taken into `incoming/`."""

    key: str
    sha256: str
    size: int
    media_type: str | None = None
    verdict: str | None = None
    """Null: good; otherwise why it cannot be taken (see `Incoming.verdict`)."""
    marking: str | None = None
    """With the verdict `secret`: the kind of marking that was met."""


class TimelineEntry(Shape):
    """What the browser chat's `send` writes; `outbox_id` makes a second write the first one again."""

    outbox_id: RowId
    chat: Key
    text: Spoken
    choices: tuple[Choice, ...] = ()


class OutboxClaim(Shape):
    bot: Key
    n: int = Field(default=30, ge=1, le=200)
    wait_s: float = Field(default=0, ge=0, le=50)


class Settlement(Shape):
    outcomes: list[Outcome] = Field(max_length=500)


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    extra: dict[str, Any] | None = None


class Settled(Shape):
    settled: int


class FileLink(Shape):
    """Where a file can be fetched for a while, by whoever has the address."""

    url: str = Field(examples=["https://giaouoc.example.vn/p/AAAAAAAAAJMAAGcn…"])


class Position(Shape):
    """How far a poller has durably read."""

    position: int = Field(ge=-(2**63), le=2**63 - 1)
