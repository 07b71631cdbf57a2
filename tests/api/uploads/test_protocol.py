"""The tus protocol 1.0.0, as its text has it, spoken by a strict client."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from api.services.uploads import receiving, rows
from models.tables import Upload, UploadPiece
from tests.api.evidence import files
from tests.api.uploads.office import Office, break_off
from tests.api.uploads.tus import BYTES, coded, decoded

REPORT = files.pdf("Báo cáo sơ kết 6 tháng")
PACKET = 64 * 1024


async def test_what_is_offered(small_office: Office) -> None:
    extensions, largest = await small_office.tus(small_office.link()).offers()
    assert extensions == {"creation", "termination"}
    assert largest == small_office.upload_limit


async def test_options_need_no_version_and_everything_else_does(small_office: Office) -> None:
    link = small_office.link()
    http = small_office.http()
    assert (await http.options(f"{link}/files")).status_code == 204
    for method in ("POST", "HEAD", "PATCH", "DELETE"):
        answer = await http.request(method, f"{link}/files/x" if method != "POST" else f"{link}/files")
        assert (answer.status_code, answer.headers["tus-version"]) == (412, "1.0.0")
        wrong = await http.request(method, f"{link}/files/x", headers={"Tus-Resumable": "0.2.2"})
        assert wrong.status_code == 412


async def test_a_file_in_one_request_and_in_many(office: Office) -> None:
    tus = office.tus(office.link())
    whole = await tus.send(REPORT, filename="báo cáo.pdf")
    pieces = await tus.send(REPORT, piece=100, filename="từng phần.pdf")
    assert await tus.offset(whole) == await tus.offset(pieces) == len(REPORT)
    states = [file["state"] for file in (await office.state(tus.base.removesuffix("/files")))["files"]]
    assert states == ["good", "good"]


async def test_head_tells_length_and_metadata(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    address = await tus.announce(10, filename="../Báo cáo.pdf", fingerprint="10-99")
    head = await tus.ask("HEAD", address)
    assert (head.headers["upload-length"], head.headers["upload-offset"]) == ("10", "0")
    assert decoded(head.headers["upload-metadata"]) == {"filename": "Báo cáo.pdf", "fingerprint": "10-99"}


@pytest.mark.parametrize("length", [None, "", "-1", "1.5", "zehn", "1" * 16, "１"])
async def test_a_length_that_is_no_number_is_refused(small_office: Office, length: str | None) -> None:
    tus = small_office.tus(small_office.link())
    headers = {} if length is None else {"Upload-Length": length.encode()}
    answer = await tus.ask("POST", tus.base, headers)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert small_office.count(Upload) == 0


async def test_a_file_over_the_limit_is_refused_before_a_byte(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    answer = await tus.ask("POST", tus.base, {"Upload-Length": str(small_office.upload_limit + 1)})
    assert answer.status_code == 413
    assert "Đề nghị gửi tệp nhỏ hơn" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["filename !!!", "filename /////w==", "filename " + "QQ" * 3000])
async def test_metadata_that_cannot_be_read_are_refused(small_office: Office, header: str) -> None:
    tus = small_office.tus(small_office.link())
    answer = await tus.ask("POST", tus.base, {"Upload-Length": "9", "Upload-Metadata": header})
    assert answer.status_code == 422


async def test_bytes_at_the_wrong_place_are_refused(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    address = await tus.announce(len(REPORT))
    await tus.write(address, 0, REPORT[:100])
    for start in (0, 99, 101):
        answer = await tus.patch(address, start, REPORT[start:])
        assert (answer.status_code, answer.json()["extra"]["offset"]) == (409, 100)
    assert await tus.offset(address) == 100


async def test_another_kind_of_content_is_refused(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    address = await tus.announce(3)
    answer = await tus.ask("PATCH", address, {"Upload-Offset": "0", "Content-Type": "application/pdf"}, content=b"abc")
    assert answer.status_code == 415
    assert await tus.offset(address) == 0


async def test_more_than_announced_is_refused(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    address = await tus.announce(3)
    assert (await tus.patch(address, 0, b"abcd")).status_code == 413
    assert await tus.offset(address) == 0

    async def unannounced() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cd"

    assert (await tus.patch(address, 0, unannounced())).status_code == 413


async def test_a_method_may_stand_in_a_header(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    address = await tus.announce(3)
    head = await tus.ask("POST", address, {"X-HTTP-Method-Override": "HEAD"})
    assert head.headers["upload-offset"] == "0"
    patch = {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": BYTES}
    assert (await tus.ask("POST", address, patch, content=b"ab")).headers["upload-offset"] == "2"
    assert (await tus.ask("POST", address, {"X-HTTP-Method-Override": "DELETE"})).status_code == 204
    assert (await tus.ask("HEAD", address)).status_code == 404
    assert (await tus.ask("POST", await tus.announce(1))).status_code == 405


async def test_a_file_that_was_ended_is_gone_with_its_bytes(office: Office) -> None:
    tus = office.tus(office.link())
    half = await tus.announce(len(REPORT))
    await tus.write(half, 0, REPORT[:500])
    whole = await tus.send(REPORT, filename="a.pdf")
    for address in (half, whole):
        await tus.forget(address)
        head = await tus.ask("HEAD", address)
        assert (head.status_code, "upload-offset" in head.headers) == (404, False)
    assert await office.incoming() == []
    assert (office.count(Upload), office.count(UploadPiece)) == (0, 0)


async def test_a_link_s_files_are_not_another_link_s(small_office: Office) -> None:
    mine, theirs = small_office.link(), small_office.link()
    address = await small_office.tus(mine).announce(3)
    stolen = address.replace(mine, theirs)
    assert (await small_office.tus(theirs).ask("HEAD", stolen)).status_code == 404
    assert (await small_office.tus(theirs).ask("DELETE", stolen)).status_code == 404


async def test_thirty_files_are_enough(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    for _ in range(rows.FILES):
        await tus.announce(3)
    answer = await tus.ask("POST", tus.base, {"Upload-Length": "3"})
    assert answer.status_code == 429
    assert "nhiều nhất 30 tệp" in answer.json()["detail"]


async def test_haste_is_answered_with_how_long_to_wait(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    answers = []
    for _ in range(45):
        answers.append(await tus.ask("POST", tus.base, {"Upload-Length": "zehn"}))
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


# --- breaking off -------------------------------------------------------------------------------------------------


async def test_what_arrived_before_a_break_is_kept(office: Office) -> None:
    """8 MB pieces and a rest: the offset says exactly what came, and either replica goes on from there."""
    film = REPORT + bytes(20 * 1024 * 1024)
    tus, other = office.tus(link := office.link()), office.tus(link, replica=1)
    address = await tus.announce(len(film), filename="phim.pdf")
    came = 9 * 1024 * 1024 + 17
    packets = (film[start : min(start + PACKET, came)] for start in range(0, came, PACKET))
    assert await break_off(office.apps[0], address, 0, len(film), packets) == 408
    assert await other.offset(address) == came
    assert office.count(UploadPiece) == 2
    await other.write(address, came, film[came:])
    assert await tus.offset(address) == len(film)
    assert office.count(UploadPiece) == 0


async def test_a_break_before_the_first_byte_changes_nothing(small_office: Office) -> None:
    tus = small_office.tus(small_office.link())
    address = await tus.announce(len(REPORT))
    assert await break_off(small_office.apps[0], address, 0, len(REPORT), iter(())) == 408
    assert await tus.offset(address) == 0
    await tus.write(address, 0, REPORT)


async def test_many_breaks_in_a_row_lose_and_double_nothing(office: Office) -> None:
    tus = office.tus(link := office.link())
    address = await tus.announce(len(REPORT), filename="báo cáo.pdf")
    for number in range(1000):
        start = await tus.offset(address)
        if start == len(REPORT):
            break
        step = 37 + number
        await break_off(
            office.apps[number % 2], address, start, len(REPORT) - start, iter([REPORT[start : start + step]])
        )
    [file] = (await office.state(link))["files"]
    assert (file["state"], file["offset"]) == ("good", len(REPORT))
    [stored] = await office.incoming()
    assert b"".join([part async for part in office.store.stream(stored)]) == REPORT


async def test_a_second_writer_is_refused_while_the_first_one_writes(office: Office) -> None:
    tus, other = office.tus(link := office.link()), office.tus(link, replica=1)
    address = await tus.announce(len(REPORT))
    go_on = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield REPORT[:100]
        await go_on.wait()
        yield REPORT[100:]

    first = asyncio.create_task(tus.patch(address, 0, slowly()))
    await asyncio.sleep(0.2)
    for at in (other, tus):
        assert (await at.patch(address, 0, REPORT)).status_code == 423
        assert (await at.ask("DELETE", address)).status_code == 423
    go_on.set()
    assert (await first).headers["upload-offset"] == str(len(REPORT))


async def test_a_writer_that_died_with_its_process_is_waited_for_half_a_minute(office: Office) -> None:
    tus = office.tus(office.link())
    address = await tus.announce(len(REPORT))
    upload_id = address.rsplit("/", 1)[-1]
    office.database.write_now(lambda session: rows.hold(session, upload_id, "dead", office.clock.wire()) and None)
    assert (await tus.patch(address, 0, REPORT)).status_code == 423
    office.clock.ahead += rows.LEASE
    await tus.write(address, 0, REPORT)


async def test_a_writer_that_lost_its_file_to_another_one_writes_no_more(office: Office) -> None:
    tus = office.tus(office.link())
    address = await tus.announce(len(REPORT))
    upload_id = address.rsplit("/", 1)[-1]
    taken = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield REPORT[:100]
        office.clock.ahead += rows.LEASE + rows.LEASE
        await office.database.write(
            lambda session: rows.hold(session, upload_id, "other", office.clock.wire()) and None
        )
        taken.set()
        yield REPORT[100:]

    assert (await tus.patch(address, 0, slowly())).status_code == 409
    assert taken.is_set()
    assert await tus.offset(address) == 0


async def test_a_silent_sender_is_let_go_and_what_it_sent_is_kept(
    small_office: Office,
) -> None:
    """The body itself, with a short patience."""

    async def falls_silent() -> AsyncIterator[bytes]:
        yield b"abc"
        await asyncio.Event().wait()

    body = receiving.Body(falls_silent(), stalled=0.05)
    assert b"".join([part async for part in body.stretch(10)]) == b"abc"
    assert body.broken


async def test_a_file_of_no_bytes_is_looked_at_at_once(small_office: Office) -> None:
    tus = small_office.tus(link := small_office.link())
    address = await tus.announce(0, filename="trống.pdf")
    [file] = (await small_office.state(link))["files"]
    assert (file["state"], "tệp rỗng" in file["why"]) == ("refused", True)
    assert await tus.offset(address) == 0


def test_the_client_s_coding_is_the_protocol_s() -> None:
    assert coded(filename="world_domination_plan.pdf") == "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg=="
