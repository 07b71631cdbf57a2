"""The process that opens one file and says what it is: `python -m api.inspection.worker FILE [ENDING]`.

It prints a finding as JSON. Its memory and time are bounded; whatever kills it means: the file is corrupt.
"""

import contextlib
import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from api.inspection import kinds
from api.inspection.findings import Bad, Finding, Opened
from models.rules import secrecy

MEMORY: Final = 1024**3
"""Bytes of address space."""
SECONDS: Final = 30
"""Of processor time."""


def look(path: Path, ending: str = "") -> Finding:
    """What the file at `path` is. `ending` is that of its name, which only texts need."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return Finding(verdict="empty")
    try:
        opened = _open(path, kinds.family(head), ending)
        for text in opened.words:
            if marking := secrecy.marking(text):
                return Finding(verdict="secret", marking=marking)
    except Bad as bad:
        return Finding(verdict=bad.verdict)
    except MemoryError:
        return Finding(verdict="corrupt")
    return Finding(opened.media_type)


def _open(path: Path, family: kinds.Family, ending: str) -> Opened:
    """Only what this file needs is imported."""
    match family:
        case "pdf":
            from api.inspection import pdf

            return pdf.look(path)
        case "image/jpeg" | "image/png" | "image/webp":
            from api.inspection import pictures

            return pictures.look(path, family)
        case "heic":
            from api.inspection import pictures

            return pictures.look(path, "image/heic")
        case "package":
            from api.inspection import packages

            return packages.look(path)
        case "compound":
            from api.inspection import compound

            return compound.look(path)
        case "text":
            from api.inspection import texts

            return texts.look(path, ending)
        case _:
            from api.inspection import media

            return {"movie": media.movie, "mp3": media.mp3, "ogg": media.ogg}[family](path)


def main() -> None:
    bounds = ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_FSIZE, 0))
    for kind, bound in bounds:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (bound, bound))
    os.nice(5)
    finding = look(Path(sys.argv[1]), *sys.argv[2:3])
    print(json.dumps(asdict(finding)))


if __name__ == "__main__":
    main()
