"""The command menus that a platform shows beside the message field: (name, what it opens)."""

Menu = tuple[tuple[str, str], ...]

WORK = ("viec", "Nhiệm vụ của đơn vị")
STATUS = ("status", "Tình hình của khối")
HELP = ("giup", "Hướng dẫn")
EVERYBODY: Menu = (WORK, STATUS, HELP)
"""Until it is known who sits at the other end."""
