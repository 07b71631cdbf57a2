"""What an inspection finds, in plain values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["empty", "type", "macros", "encrypted", "nested", "corrupt", "virus", "secret"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A good file has a media type and no verdict."""

    media_type: str | None = None
    verdict: Verdict | None = None
    marking: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that opened, and the text in it, in lines, as far as it is cheap to have."""

    media_type: str
    words: Iterable[str] = field(default=())


class Bad(Exception):
    """The file cannot be evidence."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict
