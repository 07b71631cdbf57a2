"""Conversations as files. Between any two lines the chat's state is written as JSON and read back.

@ focal STP                      who is speaking in this chat, or `stranger`
@ time 2024-06-12 08:30          the clock moves
@ asks K5                        a reminder of one task has just arrived
@ same question                  what the stranger's chat was asked last, now that it is bound
@ stands K5 52%                  an earlier figure of the same person; `K5-TTT`, `by 77` for another's
> K7 70%                         what is typed; (tap), (edited), (forwarded), (sticker), (start), (file a.pdf) before it
< Đã ghi nhận K7: 70%.           the reply, line by line; … at a line's end or alone stands for anything
[1 Đã gửi]                       a choice
< -                              no answer
"""

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.values import Invited
from models.wire import FileRef, Say, StoredFile
from tests.bot.dialogue.world import AGENCIES, Chat, World, local

TRANSCRIPTS = sorted(Path(__file__).with_name("transcripts").glob("*.txt"))
EVENTS = re.compile(
    r"\((?P<event>tap|edited|forwarded|sticker|voice|unsupported|start|file|photo)(?: (?P<detail>[^)]*))?\)\s*"
)
INVITATIONS = {
    "12345678": Invited(7, "good", "focal", "Khối thi đua Nội chính", 1, "Cục Thi hành án dân sự", 5),
    "22222222": Invited(None, "used"),
    "33333333": Invited(None, "expired"),
    "44444444": Invited(9, "good", "desk", "Khối thi đua Nội chính", 1, "Công an tỉnh", 4),
}


@dataclass
class Player:
    world: World = field(default_factory=lambda: World(codes=dict(INVITATIONS)))
    chats: dict[str, Chat] = field(default_factory=dict)
    chat: Chat | None = None
    expected: list[str] = field(default_factory=list)
    files: int = 0

    def play(self, line: str) -> None:
        if line.startswith("@ "):
            self._settle()
            self._arrange(line[2:].split())
        elif line.startswith("> "):
            self._settle()
            self._hear(line[2:])
        elif line.startswith(("< ", "[")):
            self.expected.append(line.removeprefix("< "))

    def _arrange(self, words: list[str]) -> None:
        match words:
            case ["time", day, hour]:
                self.world.now = local(date.fromisoformat(day), hour)
            case ["asks", code]:
                self._chat.ask(code, self._chat.places[0].agency_id or 0)
            case ["stands", code, said, *by]:
                name, _, short = code.partition("-")
                percent = int(said.rstrip("%")) if said.endswith("%") else None
                known: dict[str, Any] = {"percent": percent} if percent is not None else {"kind": said}
                self.world.add(
                    name,
                    _agency(short or "STP"),
                    **known,
                    **({"person_id": int(by[1]), "at": self.world.now} if by else {}),
                )
            case ["off", short]:
                self.world.off_channel |= {_agency(short)}
            case ["same", "question"]:
                self._chat.stored = self.chats["stranger"].stored
            case ["stranger", *_]:
                self.chat = self.chats.setdefault("stranger", Chat(self.world))
            case [role, *shorts]:
                places = tuple(self.world.place(role, _agency(short)) for short in shorts)
                self.chat = self.chats.setdefault(" ".join(words), Chat(self.world, places))

    @property
    def _chat(self) -> Chat:
        assert self.chat is not None
        return self.chat

    def _hear(self, said: str) -> None:
        event: dict[str, Any] = {}
        while found := EVENTS.match(said):
            said = said[found.end() :]
            event |= self._event(found["event"], found["detail"] or "")
        self._chat.hear(event.pop("text", said), **event)

    def _event(self, name: str, detail: str) -> dict[str, Any]:
        match name:
            case "tap" | "start":
                return {"kind": name}
            case "sticker" | "voice":
                return {"kind": "unsupported", "text": name}
            case "unsupported":
                return {"kind": name, "text": detail}
            case "edited" | "forwarded":
                return {name: True}
            case _:
                return {"kind": "files", "files": (self._file(name, detail),)}

    def _file(self, kind: Any, detail: str) -> FileRef:
        name, _, verdict = detail.partition(" ")
        self.files += 1
        key = f"incoming/{self.files}"
        kind = "photo" if kind == "photo" else "document"
        if verdict in ("too_large", "unfetchable"):
            return FileRef.model_validate({"ref": "f", "kind": kind, "name": name, "trouble": verdict})
        self.world.files[key] = StoredFile(
            key=key,
            sha256=f"{self.files:02d}9c41d07b5e" * 5,
            size=9,
            media_type="application/pdf",
            verdict=verdict or None,
        )
        return FileRef(ref="f", kind=kind, name=name or None, stored=key)

    def _settle(self) -> None:
        """What was said is what the transcript says."""
        if self.expected:
            heard = "\n".join(_shown(self._chat.said))
            wanted = "\n".join(self.expected)
            assert re.fullmatch(_pattern(self.expected), heard), f"said:\n{heard}\n\nexpected:\n{wanted}"
        self.expected = []

    def end(self) -> None:
        self._settle()


def _agency(short: str) -> int:
    return next(agency for agency, (_, known) in AGENCIES.items() if known == short)


def _shown(says: list[Say]) -> list[str]:
    lines = [line for say in says for line in [*say.text.split("\n"), *(f"[{c.key} {c.label}]" for c in say.choices)]]
    return lines or ["-"]


def _pattern(lines: list[str]) -> str:
    return "\n".join(re.escape(line).replace("…", "(?s:.*)") for line in lines)


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_conversation_goes_as_written(transcript: Path) -> None:
    player = Player()
    for line in transcript.read_text("utf-8").splitlines():
        player.play(line)
    player.end()


def test_there_are_conversations() -> None:
    assert len(TRANSCRIPTS) >= 8
