"""Each command, really run on a folder of its own, as whoever types it sees it: what it prints, and how it ends."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import chdir, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pysqlite3
import pytest
from typer.testing import CliRunner

from api import checks
from api.app import VERSION
from api.services import backup
from main import cli
from models.database import Database
from tests.api.building import OURS, REPORT, furnish, open_house
from tests.secrecy import search

ROOT = Path(__file__).parents[1]
SAMPLE = "noi-chinh-bac-kan-2024"
SAMPLES = ("cum-6-kiem-sat-2020", "noi-chinh-2019", SAMPLE, "noi-chinh-hung-yen-2024", "tu-phap-dien-bien-2023")


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """Somebody with a terminal, in a folder without a `.env`."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def types(self, *words: str, **more: str) -> Ran:
        unset: dict[str, str | None] = {name: None for name in os.environ if name.startswith("GIAOUOC_")}
        given = {"GIAOUOC_DATA": str(self.data), "GIAOUOC_PORT": "0", **self.settings, **more}
        with chdir(self.folder):
            done = CliRunner().invoke(cli, words, env={**unset, **given})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output
        search(done.stdout + done.stderr, f"what {words} prints")
        return Ran(done.exit_code, done.stdout, done.stderr)

    def does(self, *words: str, **more: str) -> Ran:
        """A command that must succeed."""
        ran = self.types(*words, **more)
        assert ran.code == 0, ran.out + ran.err
        return ran

    def is_told(self, *words: str, **more: str) -> str:
        """The one sentence of a command that fails."""
        ran = self.types(*words, **more)
        assert ran.code in (1, 2), ran.out
        assert ran.out == ""
        return ran.err.strip()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    Desk(folder, {"GIAOUOC_CLOCK": "2024-04-02T09:00", "GIAOUOC_CLOCK_SPEED": "0"}).does("load", SAMPLE)
    return folder


@pytest.fixture
def office(loaded: Path, tmp_path: Path) -> Desk:
    """With Bắc Kạn 2024 loaded, on 2/4/2024, where time stands still."""
    shutil.copytree(loaded / "data", tmp_path / "data")
    return Desk(tmp_path)


# --- the real thing -----------------------------------------------------------------------------------------------


def test_the_program_as_it_is_installed(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIAOUOC_")}
    giaouoc = [sys.executable, "-c", "from main import cli; cli()"]
    env = clean | {"PYTHONPATH": str(ROOT), "GIAOUOC_DATA": str(tmp_path / "data")}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*giaouoc, *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert run("version").stdout == f"{VERSION}\n"
    refused = run("load", "no-such-file.yaml")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("no-such-file.yaml: no such file")
    assert len(refused.stderr.splitlines()) == 1


def test_every_command_explains_itself(desk: Desk) -> None:
    listed = desk.does("--help").out
    for command in re.findall(r"^│ ([a-z]+) ", listed, re.MULTILINE):
        told = desk.does(command, "--help").out
        assert "Usage:" in told
    for command in ("up", "check", "load", "invite", "status", "why", "hold", "release", "retry", "token", "backup",
                    "restore", "migrate", "version", "samples", "demo", "api", "bot", "clock"):  # fmt: skip
        assert re.search(rf"\b{command}\b", listed), command


def test_a_command_that_does_not_exist(desk: Desk) -> None:
    ran = desk.types("lead")
    assert (ran.code, ran.out) == (2, "")
    assert "No such command" in ran.err


# --- load ---------------------------------------------------------------------------------------------------------


def test_samples_lists_what_ships(desk: Desk) -> None:
    assert desk.does("samples").out.split() == list(SAMPLES)


def test_a_second_load_changes_nothing(desk: Desk) -> None:
    first = desk.does("load", SAMPLE, "--json").json
    assert set(first) == {"bloc", "season", "created", "changed", "warnings"}
    assert (first["bloc"], first["season"], first["changed"]) == (OURS, 2024, 0)
    assert first["created"] > 100
    second = desk.does("load", SAMPLE, "--json").json
    assert (second["created"], second["changed"]) == (0, 0)


def test_a_dry_run_keeps_nothing(desk: Desk) -> None:
    first = desk.does("load", SAMPLE, "--dry-run", "--json").json
    second = desk.does("load", SAMPLE, "--dry-run", "--json").json
    assert first == second
    assert "loaded: none yet" in desk.is_told("status", OURS)


def test_what_is_loaded_is_told_in_words_too(desk: Desk) -> None:
    told = desk.does("load", SAMPLE).out
    assert "Đã nạp: noi-chinh-bac-kan, năm 2024: 09 đơn vị, 103 nhiệm vụ." in told
    assert "Chưa có cán bộ đầu mối" in told


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_loads(desk: Desk, name: str) -> None:
    assert desk.does("load", name, "--json").json["created"] > 0


def test_a_bloc_without_agencies_is_loaded_with_a_warning(desk: Desk) -> None:
    assert any(
        "Chưa có đơn vị" in line for line in desk.does("load", "tu-phap-dien-bien-2023", "--json").json["warnings"]
    )


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("bloc: A\nslug: a\nseason: 2024\nmilestones:\n  - {key: A, title: Một, due: 31/6}\n", "5:", "31/6"),
        ("bloc: A\nslug: a\nseason: 2024\nagencies:\n  - {name: Một, short: A}\n  - {name: Hai, short: A}\n",
         "6:", "cùng mã"),
        ("bloc: A\nslug: a\nseason: 2024\nlegal_bases: []\n", "4:1", "legal_basis"),
        ("bloc: [", "2:", "]"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_told_with_its_line(desk: Desk, text: str, where: str, what: str) -> None:
    (desk.folder / "a.yaml").write_text(text)
    told = desk.is_told("load", "a.yaml")
    assert any(line.startswith(f"a.yaml:{where}") and what in line for line in told.splitlines()), told
    assert not desk.data.exists(), "nothing is begun before the file is read"


@pytest.mark.parametrize(("name", "told"), [("none.yaml", "no such file"), (".", "directory"), ("", "directory")])
def test_a_file_that_is_none(desk: Desk, name: str, told: str) -> None:
    assert told in desk.is_told("load", name)


# --- look ---------------------------------------------------------------------------------------------------------


def test_status_in_words_and_as_json(office: Desk) -> None:
    told = office.does("status", OURS, "--json").json
    assert list(told) == ["bloc", "season", "as_of", "totals", "agencies", "milestones", "contents"]
    assert told["as_of"] == "2024-04-02T09:00:00+07:00"
    assert len(told["agencies"]) == 9
    assert "Hoàn thành đúng hạn" in office.does("status", OURS).out


def test_status_at_another_moment(office: Desk) -> None:
    told = office.does("status", OURS, "--as-of", "2024-12-31", "--season", "2024", "--json").json
    assert told["as_of"] == "2024-12-31T23:59:59+07:00"
    assert told["totals"]["open_in_time"] == 0


@pytest.mark.parametrize("command", [["status"], ["invite"], ["hold"], ["release"], ["why", "K5-STP"]])
def test_an_unknown_bloc_is_told_with_those_there_are(office: Desk, command: list[str]) -> None:
    name, *rest = command
    assert office.is_told(name, "noi-chinh", *rest) == f"no bloc noi-chinh; loaded: {OURS}"


def test_an_unknown_season(office: Desk) -> None:
    assert "season 2019" in office.is_told("status", OURS, "--season", "2019")


def test_a_moment_that_is_none(office: Desk) -> None:
    assert "neither a date" in office.is_told("status", OURS, "--as-of", "31/6")


def test_why_tells_the_story_of_one_obligation(office: Desk) -> None:
    told = office.does("why", OURS, "k5-stp", "--json").json
    assert (told["id"], told["state"]) == ("K5-STP", "open")
    assert [event["what"] for event in told["events"]] == ["no_code"], "nobody there can be told yet"
    assert office.does("why", OURS, "K5-STP").out.startswith("K5-STP: Báo cáo sơ kết 6 tháng")
    assert "there are SNV, STP" in office.is_told("why", OURS, "K5-XX")
    assert "no obligation K99-STP" in office.is_told("why", OURS, "K99-STP")
    assert "is written K7-STP" in office.is_told("why", OURS, "K5")


# --- set up -------------------------------------------------------------------------------------------------------


def test_invite_gives_the_living_codes_again(office: Desk) -> None:
    first = office.does("invite", OURS, "--json").json
    assert {tuple(line) for line in first} == {
        ("bloc", "agency", "person", "role", "code", "telegram_url", "zalo_url", "web_url", "expires_at")
    }
    assert all(re.fullmatch(r"\d{8}", line["code"]) for line in first)
    assert len({line["code"] for line in first}) == len(first)
    assert all(line["web_url"].endswith(line["code"]) for line in first)
    assert office.does("invite", OURS, "--json").json == first
    assert "Mỗi mã dùng một lần" in office.does("invite", OURS).out


def test_hold_and_release(office: Desk) -> None:
    assert "Khối không trong thời gian tạm dừng" in office.does("release", OURS).out
    assert "tạm dừng" in office.does("hold", OURS).out
    assert "Đã tiếp tục" in office.does("release", OURS).out


def test_a_token_is_printed_once_kept_as_a_hash_and_revoked(office: Desk) -> None:
    token = office.does("token", "Văn phòng", "--role", "desk", "--bloc", OURS).out.strip()
    assert re.fullmatch(r"go_[\w-]{43}", token)
    assert token.encode() not in (office.data / "giaouoc.db").read_bytes()
    assert office.does("token", "Văn phòng", "--revoke").out == "revoked: 1\n"
    assert office.is_told("token", "Văn phòng", "--revoke") == "no token Văn phòng"


@pytest.mark.parametrize(
    ("words", "told"),
    [(["token", "a"], "--role"), (["token", "a", "--role", "king"], "king"),
     (["token", "a", "--role", "bot", "--revoke"], "--role"),
     (["token", "a", "--role", "desk", "--bloc", "x"], "no bloc x")],
)  # fmt: skip
def test_a_token_that_cannot_be(office: Desk, words: list[str], told: str) -> None:
    ran = office.types(*words)
    assert ran.code in (1, 2)
    assert told in ran.err


# --- keep ---------------------------------------------------------------------------------------------------------


def under_way(folder: Path) -> None:
    """A house with answers, messages and one evidence file in it."""
    folder.mkdir(parents=True)
    database = Database(f"sqlite:///{folder / 'giaouoc.db'}")
    database.migrate()
    furnish(database, folder)
    database.close()


def told_by(folder: Path) -> list[Any]:
    """What a house answers to whoever asks."""

    async def ask() -> list[Any]:
        with closing(Database(f"sqlite:///{folder / 'giaouoc.db'}")) as database:
            house = open_house(database, folder)
            paths = (f"/v1/blocs/{OURS}/status", f"/v1/blocs/{OURS}/obligations?limit=500",
                     f"/v1/blocs/{OURS}/messages?limit=500")  # fmt: skip
            told = [await house.get(path) for path in paths]
            evidence = await house.ask("GET", f"/v1/evidence/{house.receipts['STP']}")
            return [*told, evidence.content]

    return asyncio.run(ask())


def test_a_restored_house_answers_the_same(desk: Desk) -> None:
    under_way(desk.data)
    before = told_by(desk.data)
    file = desk.folder / "kept.tar"
    assert "verified" in desk.does("backup", str(file)).out
    elsewhere = Desk(desk.folder / "elsewhere")
    elsewhere.folder.mkdir()
    assert "1 files" in elsewhere.does("restore", str(file)).out
    after = told_by(elsewhere.data)
    assert after == before
    assert after[-1] == REPORT


def test_a_backup_without_a_name_goes_into_its_folder(office: Desk) -> None:
    folder = office.folder / "kept"
    folder.mkdir()
    office.does("backup", GIAOUOC_BACKUP=str(folder))
    (file,) = folder.iterdir()
    assert re.fullmatch(r"giaouoc-\d{8}-\d{6}\.tar", file.name)
    assert backup.verify(file).files == 0
    assert oct(file.stat().st_mode)[-3:] == "600"


def test_what_backup_and_restore_do_not_do(office: Desk) -> None:
    assert "GIAOUOC_BACKUP" in office.is_told("backup")
    file = office.folder / "kept.tar"
    office.does("backup", str(file))
    assert "exists; nothing was changed" in office.is_told("backup", str(file))
    assert "is no folder" in office.is_told("backup", "none/kept.tar")
    assert "exists; move it away first" in office.is_told("restore", str(file))
    assert "no such file" in office.is_told("restore", "none.tar", GIAOUOC_DATA="other")
    broken = office.folder / "broken.tar"
    broken.write_bytes(file.read_bytes()[:-20_000])
    assert "damaged" in office.is_told("restore", "broken.tar", GIAOUOC_DATA="other")
    assert not (office.folder / "other" / "giaouoc.db").exists()


def test_migrate_and_version(desk: Desk) -> None:
    assert desk.does("migrate").out == "the database is at the newest revision\n"
    assert (desk.data / "giaouoc.db").exists()
    assert desk.does("version").out == f"{VERSION}\n"


def test_retry_lists_what_is_set_aside_and_plays_it_again(desk: Desk) -> None:
    under_way(desk.data)
    (line,) = desk.does("retry").out.splitlines()
    assert line.startswith("out-")
    assert line.endswith("telegram:1  notice  the platform refuses it")
    which = desk.does("retry", "--json").json["items"][0]["id"]
    assert desk.does("retry", which).out.startswith(f"{which}: it is sent within seconds")
    assert desk.does("retry").out == "nothing is set aside\n"
    assert desk.is_told("retry", which) == f"{which} is not set aside: it is queued"
    assert desk.is_told("retry", "in-99") == "no in-99"
    assert "is written in-17" in desk.is_told("retry", "99")


# --- check --------------------------------------------------------------------------------------------------------


def findings(desk: Desk, code: int, **settings: str) -> dict[str, tuple[bool, str]]:
    ran = desk.types("check", "--json", **settings)
    assert ran.code == code, ran.out
    return {line["what"]: (line["good"], line["told"]) for line in ran.json}


def red(desk: Desk, **settings: str) -> dict[str, str]:
    return {what: told for what, (good, told) in findings(desk, 1, **settings).items() if not good}


def test_check_is_green_on_a_fresh_folder_and_makes_nothing(desk: Desk) -> None:
    found = findings(desk, 0)
    assert {"settings", "database", "store", "clock", "backup", "disk", "port", "address", "telegram"} <= set(found)
    assert not (desk.data / "giaouoc.db").exists()


def test_check_is_green_on_a_house_that_works(office: Desk) -> None:
    found = findings(office, 0)
    assert found["migrations"][0]
    assert found["set aside"] == (True, "nothing")
    assert "2024-04-02T09:00" in found["clock"][1]
    told = office.does("check").out
    assert all(line.startswith("ok ") for line in told.splitlines())


def test_check_is_red_for_a_database_that_is_none(office: Desk) -> None:
    (office.data / "giaouoc.db").write_bytes(b"no database at all" * 1000)
    assert "not a database" in red(office)["database"]
    wrong = "postgresql+psycopg://nobody:secret@127.0.0.1:1/none"
    told = red(office, GIAOUOC_DATABASE_URL=wrong)["database"]
    assert "secret" not in told


def test_check_is_red_for_a_folder_that_takes_no_files(desk: Desk) -> None:
    (desk.folder / "file").write_text("")
    found = red(desk, GIAOUOC_DATA=str(desk.folder / "file" / "data"))
    assert {"database", "store"} <= set(found)


def test_check_is_red_for_a_database_behind_the_program(desk: Desk) -> None:
    desk.data.mkdir()
    with closing(pysqlite3.connect(str(desk.data / "giaouoc.db"))) as connection:
        connection.execute("CREATE TABLE other (a)")
    assert "giaouoc migrate" in red(desk)["migrations"]
    desk.does("migrate")
    assert findings(desk, 0)["migrations"][0]


def test_check_is_red_for_a_port_that_another_program_has(office: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        number = other.getsockname()[1]
        other.close()
    with socket.create_server(("127.0.0.1", number)):
        assert "in use" in red(office, GIAOUOC_PORT=str(number))["port"].lower()
    assert findings(office, 0, GIAOUOC_PORT=str(number))["port"] == (True, f"127.0.0.1:{number} is free")


def test_check_is_red_without_a_backup_of_the_last_two_days(office: Desk) -> None:
    folder = office.folder / "kept"
    assert "is no folder" in red(office, GIAOUOC_BACKUP=str(folder))["backup"]
    folder.mkdir()
    assert "nothing there yet" in red(office, GIAOUOC_BACKUP=str(folder))["backup"]
    office.does("backup", GIAOUOC_BACKUP=str(folder))
    assert "verified" in findings(office, 0, GIAOUOC_BACKUP=str(folder))["backup"][1]
    (file,) = folder.iterdir()
    three_days_ago = time.time() - 3 * 86400
    os.utime(file, (three_days_ago, three_days_ago))
    assert "3 days old" in red(office, GIAOUOC_BACKUP=str(folder))["backup"]
    os.utime(file)
    file.write_bytes(file.read_bytes()[:-20_000])
    assert "damaged" in red(office, GIAOUOC_BACKUP=str(folder))["backup"]


def test_check_is_red_when_little_of_the_disk_is_free(desk: Desk) -> None:
    free = shutil.disk_usage(desk.folder).free
    assert checks.space(desk.data, least=free // 2).good
    little = checks.space(desk.data, least=free * 2)
    assert not little.good
    assert "less than" in little.told


def test_check_is_red_while_something_is_set_aside(desk: Desk) -> None:
    under_way(desk.data)
    with closing(pysqlite3.connect(str(desk.data / "giaouoc.db"))) as connection, connection:
        connection.execute("UPDATE inbox SET state = 'aside', why = 'no words' WHERE id = 3")
    assert "newest in-3: no words (giaouoc retry)" in red(desk)["set aside"]


def test_check_is_red_for_settings_that_cannot_be(desk: Desk) -> None:
    told = red(desk, GIAOUOC_PORT="many")
    assert set(told) == {"settings"}
    assert told["settings"].startswith("GIAOUOC_PORT: ")


# --- what any command may meet ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"GIAOUOC_DATABASE_URL": "nonsense"}, "GIAOUOC_DATABASE_URL"),
        ({"GIAOUOC_DATABASE_URL": "mysql://a/b"}, "GIAOUOC_DATABASE_URL"),
        ({"GIAOUOC_DATABASE_URL": "sqlite://"}, "GIAOUOC_DATABASE_URL"),
        ({"GIAOUOC_DATA": "/dev/null/data"}, "/dev/null"),
        ({"GIAOUOC_TIMEZONE": "Hanoi"}, "GIAOUOC_TIMEZONE: is a time zone"),
        ({"GIAOUOC_CLOCK": "tomorrow"}, "GIAOUOC_CLOCK"),
    ],
)
@pytest.mark.parametrize("command", [["status", OURS], ["migrate"], ["load", SAMPLE]])
def test_settings_that_cannot_be_are_named(desk: Desk, command: list[str], settings: dict[str, str], told: str) -> None:
    sentence = desk.is_told(*command, **settings)
    assert told in sentence
    assert len(sentence.splitlines()) == 1


def test_an_env_file_is_read_and_the_environment_wins(desk: Desk) -> None:
    (desk.folder / ".env").write_text("GIAOUOC_TIMEZONE=Hanoi\nGIAOUOC_BACKUP=\n")
    assert "GIAOUOC_TIMEZONE" in desk.is_told("migrate")
    desk.does("migrate", GIAOUOC_TIMEZONE="Asia/Ho_Chi_Minh")
    (desk.folder / ".env").write_bytes(b"GIAOUOC_TIMEZONE=\xff\xfe\n")
    assert desk.is_told("migrate") == ".env is not a text in UTF-8"
