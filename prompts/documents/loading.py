"""Loads the document templates: one HTML page, one style sheet of what all looks share, one per look, one font family."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

_ROOM = Path(__file__).parent

FONT_FILES = (_ROOM / "fonts" / "UstaSans-Regular.ttf", _ROOM / "fonts" / "UstaSans-SemiBold.ttf")


def style_sheets(look: str) -> tuple[Path, Path]:
    """What the page is (``page.css``), then how one look draws it (``sober.css``, ``modern.css``, ``compact.css``)."""
    return _ROOM / "templates" / "page.css", _ROOM / "templates" / f"{look}.css"


def render_document_html(view: Any) -> str:
    """The HTML page of a document view. Texts are escaped: a designation is never markup."""
    return _template("document.html.j2").render(view=view)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=FileSystemLoader(_ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)
