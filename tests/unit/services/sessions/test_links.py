"""A link opens the session it was made for, for its purpose and its time, and nothing else; a code becomes an image."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import segno
from PIL import Image

from db.settings import Settings
from services.sessions.codes import BORDER, qr_png, qr_svg
from services.sessions.links import ExpiredLink, InvalidLink, account_of, notify_url, page_url, token_for

ACCOUNT = UUID("0199c1d2-7d6a-7cc0-b8f4-3f4a5b6c7d8e")
CODE = "2@Ab1cDe2fGh3i,Jk4lMn5oPq6r,St7uVw8xYz9A="


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    return Settings(USTA_HOME=tmp_path, PUBLIC_URL="https://usta.example/")  # type: ignore[call-arg]


def test_a_link_leads_to_its_session(configured: Settings) -> None:
    assert account_of(configured, token_for(configured, ACCOUNT, "page"), "page") == ACCOUNT
    assert page_url(configured, ACCOUNT).startswith("https://usta.example/whatsapp/")
    assert notify_url(configured, ACCOUNT).startswith("https://usta.example/webhooks/unipile/accounts/")


def test_a_link_is_for_one_purpose(configured: Settings) -> None:
    with pytest.raises(InvalidLink):
        account_of(configured, token_for(configured, ACCOUNT, "page"), "hosted")


def test_a_link_ends(configured: Settings) -> None:
    token = token_for(configured, ACCOUNT, "page", datetime.now(UTC) - timedelta(days=8))
    with pytest.raises(ExpiredLink):
        account_of(configured, token, "page")


@pytest.mark.parametrize("position", [0, 20, -2])
def test_a_changed_link_is_none(configured: Settings, position: int) -> None:
    token = token_for(configured, ACCOUNT, "page")
    letters = list(token)
    letters[position] = "A" if letters[position] != "A" else "Q"
    with pytest.raises(InvalidLink):
        account_of(configured, "".join(letters), "page")


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "A" * 53, "../../etc"])
def test_nonsense_is_no_link(configured: Settings, token: str) -> None:
    with pytest.raises(InvalidLink):
        account_of(configured, token, "page")


def test_another_installation_signs_otherwise(configured: Settings, tmp_path: Path) -> None:
    other = Settings(USTA_HOME=tmp_path / "other")  # type: ignore[call-arg]
    with pytest.raises(InvalidLink):
        account_of(other, token_for(configured, uuid4(), "page"), "page")


def test_the_image_shows_the_code() -> None:
    matrix = segno.make(CODE, error="m", micro=False).matrix
    image = Image.open(io.BytesIO(qr_png(CODE))).convert("L")
    size = len(matrix) + 2 * BORDER
    assert image.size == (size * 8, size * 8)
    shown = [
        [image.getpixel(((x + BORDER) * 8 + 4, (y + BORDER) * 8 + 4)) == 0 for x in range(len(matrix))]
        for y in range(len(matrix))
    ]
    assert shown == [[bool(module) for module in row] for row in matrix]
    assert f'viewBox="0 0 {size * 8} {size * 8}"'.encode() in qr_svg(CODE)
