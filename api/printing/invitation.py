"""`giaouoc invite --pdf`: slips with QR codes, a one-page guide, a draft introduction letter, in one PDF.

Everything is data for `invitation.typ`; typst and segno are imported when something is printed.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from api.moments import local
from api.services import invitations, seasons
from api.shapes import InvitationLine
from bot.dialogue.phrases import channels, paper
from models.tables import Agency, Bloc, Season

TEMPLATE = "invitation.typ"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Which bloc it is, who heads it, and whom to call."""

    bloc: str
    kind: str
    year: int
    titles: Mapping[str, str]
    head_agency: str | None
    contact: str | None


def issuer(session: Session, bloc_id: int) -> Issuer:
    bloc = session.get_one(Bloc, bloc_id)
    season = session.get_one(Season, seasons.current(session, bloc_id))
    heads = [agency_id for agency_id, kind in seasons.seats(session, bloc_id).items() if kind == "head"]
    names = session.execute(select(col(Agency.name)).where(col(Agency.id).in_(heads))).scalars()
    titles = bloc.settings.get("titles") or {}
    return Issuer(
        bloc=bloc.name,
        kind=bloc.kind,
        year=season.year,
        titles={"head": titles.get("head") or "Trưởng khối", "deputy": titles.get("deputy") or "Phó Trưởng khối"},
        head_agency=next(iter(names), None),
        contact=invitations.contact(session),
    )


def data(by: Issuer, lines: Sequence[InvitationLine]) -> dict[str, Any]:
    """What `invitation.typ` lays out. Places without a code get no slip."""
    slips = [_slip(by, line) for line in lines if line.code]
    on = [name for name in channels.PRINTED if any(_urls(line)[name] for line in lines)]
    head = by.titles["head"]
    return {
        "title": paper.title(by.bloc, by.year),
        "slip": paper.slip(by.contact),
        "slips": slips,
        "guide": paper.guide(by.bloc, by.year, head, by.contact),
        "letter": paper.letter(by.bloc, by.kind, by.year, by.head_agency, head, on, by.contact),
    }


def _slip(by: Issuer, line: InvitationLine) -> dict[str, Any]:
    assert line.code is not None
    assert line.expires_at is not None
    return {
        "bloc": paper.title(by.bloc, by.year),
        "agency": line.agency or by.bloc,
        "role": paper.role(line.role, by.titles),
        "person": line.person,
        "code": paper.code(line.code),
        "until": paper.until(local(line.expires_at)),
        "links": [
            {"label": channels.PRINTED[name][0], "hint": channels.PRINTED[name][1], "svg": qr(url)}
            for name, url in _urls(line).items()
            if url
        ],
    }


def _urls(line: InvitationLine) -> dict[str, str | None]:
    return {name: getattr(line, f"{name}_url") for name in channels.PRINTED}


def qr(url: str) -> str:
    """A QR code as SVG: error correction M, since a slip is folded and copied."""
    import segno

    drawn = io.BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=2, dark="#1d2433")
    return drawn.getvalue().decode()


def pdf(shown: Mapping[str, Any]) -> bytes:
    printed: bytes = _compiled(shown, "pdf")[0]
    return printed


def pages(shown: Mapping[str, Any], ppi: float = 110) -> list[bytes]:
    """Each page as a PNG."""
    drawn = _compiled(shown, "png", ppi)[0]
    return list(drawn) if isinstance(drawn, list) else [drawn]


def warnings(shown: Mapping[str, Any]) -> list[str]:
    """What typst would rather have told: a font that is missing is only a warning to it."""
    return [str(warning) for warning in _compiled(shown, "pdf")[1]]


def _compiled(shown: Mapping[str, Any], form: str, ppi: float | None = None) -> Any:
    import typst

    compiled: Any = typst.compile_with_warnings
    return compiled(
        files("api.printing").joinpath(TEMPLATE).read_bytes(),
        font_paths=[str(_fonts())],
        ignore_system_fonts=True,
        format=form,
        ppi=ppi,
        sys_inputs={"data": json.dumps(shown, ensure_ascii=False)},
    )


def _fonts() -> Path:
    import fontpkg_be_vietnam_pro

    return Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
