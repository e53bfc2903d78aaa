"""Checks of this machine: Python, folders, libraries, fonts, port."""

from __future__ import annotations

import asyncio
import http.client
import json
import platform
import socket
import sys
import tempfile
from pathlib import Path

from db.settings import Settings
from services.operations.checks import Finding

_FONTS = Path(__file__).parents[2] / "prompts" / "documents" / "fonts"
_SIGNS = "éèàçœÉŒğışİĞŞöüÖÜ€²³×’«»…"


async def python(settings: Settings) -> Finding:
    return Finding("Python", "ok", f"{platform.python_version()} ({sys.executable})")


async def home(settings: Settings) -> Finding:
    folder = settings.home.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("Data folder", "broken", f"{folder}: {error.strerror}", "Set USTA_HOME to a writable folder.")
    return Finding("Data folder", "ok", str(folder))


async def pdf_engine(settings: Settings) -> Finding:
    """WeasyPrint is there and finds Pango, which is not a Python package."""
    try:
        import weasyprint
    except OSError:
        remedy = (
            "brew install pango"
            if platform.system() == "Darwin"
            else ("apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0")
        )
        return Finding("PDF engine", "broken", "the Pango libraries are missing: no PDF can be made", remedy)
    return Finding("PDF engine", "ok", f"WeasyPrint {weasyprint.__version__}")


async def fonts(settings: Settings) -> Finding:
    """The documents' own fonts are complete: French, Turkish and the signs of a trade document."""
    from fontTools.ttLib import TTFont

    files = sorted(_FONTS.glob("*.ttf"))
    missing = {sign for file in files for sign in _SIGNS if ord(sign) not in TTFont(file, lazy=True).getBestCmap()}
    if not files or missing:
        detail = f"signs without a glyph: {''.join(sorted(missing))}" if files else f"no font in {_FONTS}"
        return Finding("PDF fonts", "broken", detail, "Check the repository out again.")
    return Finding("PDF fonts", "ok", ", ".join(file.stem for file in files))


async def port(settings: Settings) -> Finding:
    """Free, or answered by an Usta."""
    address = f"{settings.host}:{settings.port}"
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex((host, settings.port)):
            return Finding("Port", "ok", f"{address} is free")
    if await asyncio.to_thread(_is_usta, host, settings.port):
        return Finding("Port", "ok", f"Usta answers on http://{host}:{settings.port}")
    return Finding("Port", "broken", f"{address} is taken by another program", "Choose another one with PORT=…")


def _is_usta(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/health")
        return "channel" in json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
