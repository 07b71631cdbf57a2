"""The bloc files that ship with the program, and the default milestones they draw on."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "files"
TEMPLATE = "mau-moc.yaml"


def names() -> tuple[str, ...]:
    """What `giaouoc samples` lists and `giaouoc load` takes beside a path."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml") if path.name != TEMPLATE))


def text(name: str) -> str:
    """The text of a file that ships, by its name with or without `.yaml`. FileNotFoundError for any other."""
    stem = name.removesuffix(".yaml")
    if stem not in {path.stem for path in _FOLDER.glob("*.yaml")}:
        raise FileNotFoundError(name)
    return (_FOLDER / f"{stem}.yaml").read_text(encoding="utf-8")
