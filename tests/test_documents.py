"""The documents tell the truth: what they name exists, their links lead somewhere, and their conversations are played
in a real house and answered as they say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path

import pytest
import typer
from sqlalchemy import select
from sqlmodel import Session, col

from api.services import invitations
from api.services.loading import blocfile, loading
from api.services.talks import book
from bot.dialogue import understand
from bot.dialogue.intents import Unread
from bot.dialogue.values import Book, Place, Talk
from main import cli
from models.database import Database
from models.settings import Settings
from models.tables import Agency, Bloc
from models.wire import Heard
from tests.flows.people import Person
from tests.flows.world import HANOI, World, moment

ROOT = Path(__file__).parent.parent
PAGES = sorted(chain(ROOT.glob("*.md"), (ROOT / "docs").rglob("*.md")))
GUIDES = sorted((ROOT / "docs/huong-dan").glob("*.md"))
SAMPLE = "noi-chinh-bac-kan-2024"

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))

# --- names --------------------------------------------------------------------------------------------------------

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?<![\w/.-])(?:\.venv/bin/)?giaouoc (?!giaouoc)(?P<words>[a-z][^\n`#|;]*)")
_TARGET = re.compile(r"(?<![\w-])make (?P<target>[a-z]+)")


def code_of(page: Path) -> Iterator[str]:
    """What stands in fences, and in code spans outside them."""
    text = page.read_text()
    yield from (found["body"] for found in _FENCE.finditer(text))
    yield from (found[1] for found in _SPAN.finditer(_FENCE.sub("", text)))


def commands_of(page: Path) -> Iterator[list[str]]:
    for code in code_of(page):
        yield from (found["words"].split() for found in _COMMAND.finditer(code))


@every_page
def test_every_command_exists_with_its_options(page: Path) -> None:
    commands = typer.main.get_command(cli).commands  # type: ignore[attr-defined]
    for name, *words in commands_of(page):
        assert name in commands, f"giaouoc {name}"
        known = {option for parameter in commands[name].params for option in parameter.opts + parameter.secondary_opts}
        for word in words:
            assert not word.startswith("--") or word.partition("=")[0] in known, f"giaouoc {name} {word}"


@every_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for code in code_of(page):
        for found in _TARGET.finditer(code):
            assert found["target"] in targets, found[0]


@every_page
def test_every_setting_exists(page: Path) -> None:
    known = {f"GIAOUOC_{name.upper()}" for name in Settings.model_fields}
    assert not set(re.findall(r"GIAOUOC_[A-Z0-9_]*[A-Z0-9]", page.read_text())) - known


@every_page
def test_every_link_inside_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


@every_page
def test_every_file_named_in_code_is_there(page: Path) -> None:
    """Paths within the repository, as `bot/dialogue/` or `docs/operating.md`; `<name>` and `*` stand for any."""
    rooms = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
    for span in _SPAN.findall(_FENCE.sub("", page.read_text())):
        if re.fullmatch(rf"(?:{rooms})/[\w./-]*", span):
            assert (ROOT / span).exists(), span


# --- conversations ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """A fence `chat <agency> <role> <day> <hour>`: `>` is typed, `<` is answered, `…` stands for anything."""

    short: str
    role: str
    at: datetime
    lines: tuple[str, ...]

    def rounds(self) -> Iterator[tuple[str | None, str]]:
        """(what is typed, what must be answered); nothing typed: what came unasked."""
        said, told = None, list[str]()
        for line in self.lines:
            if line.startswith(">"):
                if said is not None or told:
                    yield said, "\n".join(told)
                said, told = line[1:].strip(), []
            else:
                told.append(line.removeprefix("<").strip())
        yield said, "\n".join(told)


def scenes_of(page: Path) -> Iterator[Scene]:
    for found in _FENCE.finditer(page.read_text()):
        if found["info"].startswith("chat "):
            _, short, role, day, hour = found["info"].split()
            yield Scene(short, role, moment(f"{day} {hour}"), tuple(found["body"].splitlines()))


def answers(shown: str, told: str) -> bool:
    """Whether `told` is what a page shows: line for line, where `…` is anything, other lines too."""
    pattern = re.escape(shown).replace("…", r"[\s\S]*")
    return re.fullmatch(pattern, told) is not None


async def played(world: World, person: Person, said: str | None) -> str:
    """What came of one line. Eight digits stand for the code of the person's place."""
    if said is None:
        return person.hears()[-1].text
    if file := re.fullmatch(r"\(tệp (?P<name>\S+)\)\s*(?P<caption>.*)", said):
        return await person.sends_file(file["name"], PDF, file["caption"])
    if re.fullmatch(r"\d{4} \d{4}", said):
        said = await world.database.write(lambda session: _code(session, person, world.clock.wire()))
    return await person.says(said)


PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R/Size 4>>
%%EOF
"""


@pytest.mark.anyio
@pytest.mark.parametrize("page", [page for page in GUIDES if any(scenes_of(page))], ids=lambda page: page.stem)
async def test_a_guide_s_conversations_go_as_shown(page: Path, sqlite_database: Database, tmp_path: Path) -> None:
    scenes = list(scenes_of(page))
    people: dict[tuple[str, str], Person] = {}
    async with World(sqlite_database, tmp_path, "2024-06-05 08:00") as world:
        await world.load(SAMPLE)
        for scene in scenes:
            await world.play_until(scene.at)
            key = (scene.short, scene.role)
            person = people.get(key) or people.setdefault(key, world.person(*key))
            for said, shown in scene.rounds():
                told = await played(world, person, said)
                assert answers(shown, told), f"{scene.at:%d/%m %H:%M} > {said}\n{told}"


def _code(session: Session, person: Person, wire_now: datetime) -> str:
    agency = session.execute(select(Agency).where(col(Agency.short) == person.short)).scalars().one()
    return invitations.new_code(session, agency.bloc_id, agency.id or 0, person.role, wire_now)


# --- what a table says can be typed -------------------------------------------------------------------------------


def typed_in_tables(page: Path) -> Iterator[str]:
    """The code spans of the columns called *Soạn*."""
    column: int | None = None
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            column = None
        elif "Soạn" in cells:
            column = cells.index("Soạn")
        elif column is not None:
            yield from _SPAN.findall(cells[column])


@pytest.fixture
def words(sqlite_database: Database) -> Book:
    """What the sample bloc's people may speak of."""

    def read(session: Session) -> Book:
        loading.load(session, blocfile.read(blocfile.sample(SAMPLE), SAMPLE), moment("2024-06-05 08:00"))
        bloc_id = session.execute(select(col(Bloc.id))).scalar_one()
        return book.book_of(session, book.revisions_of(session, [bloc_id]))

    return sqlite_database.write_now(read)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_what_a_table_says_can_be_typed_is_understood(page: Path, words: Book) -> None:
    bloc_id = words.members[0].bloc_id
    desk = "giup-viec" in page.stem
    place = Place(
        1, 1, "Nguyễn Thị An", "desk" if desk else "focal", bloc_id, "bac-kan", "Khối thi đua", 1, "Sở Tư pháp", "STP",
        ((2024, "head"),) if desk else (),
    )  # fmt: skip
    for text in typed_in_tables(page):
        heard = Heard(channel="web", bot="main", external_id=text, chat="a", text=text, sent_at=datetime.now(HANOI))
        understood = understand(heard, Talk(), (place,), words, date(2024, 6, 12))
        assert not isinstance(understood.intent, Unread), text
