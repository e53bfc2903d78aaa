"""The doctor's findings: honest about what is built in, what is broken, and how to mend it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from db.settings import Settings
from services.operations import checks, machine_checks, service_checks


def configured(**values: object) -> Settings:
    return Settings(**values)  # type: ignore[arg-type]


async def test_what_is_not_configured_is_built_in(tmp_path: Path) -> None:
    settings = configured(USTA_HOME=tmp_path)
    assert (await service_checks.channel(settings)).status == "embedded"
    assert (await service_checks.model(settings)).status == "embedded"
    assert (await service_checks.storage(settings)).status == "embedded"
    assert (await service_checks.transcription(settings)).status == "optional"


async def test_documents_can_be_made_here(tmp_path: Path) -> None:
    settings = configured(USTA_HOME=tmp_path)
    assert (await machine_checks.fonts(settings)).status == "ok"
    assert (await machine_checks.pdf_engine(settings)).status == "ok"


async def test_a_file_in_place_of_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = await machine_checks.home(configured(USTA_HOME=tmp_path / "file"))
    assert finding.status == "broken" and "USTA_HOME" in finding.remedy


async def test_a_channel_without_its_key() -> None:
    finding = await service_checks.channel(configured(UNIPILE_DSN="127.0.0.1:9"))
    assert finding.status == "broken" and "UNIPILE_API_KEY" in finding.remedy


async def test_services_that_do_not_answer() -> None:
    settings = configured(
        UNIPILE_DSN="127.0.0.1:9", UNIPILE_API_KEY="k", OPENAI_API_KEY="k", OPENAI_BASE_URL="http://127.0.0.1:9/v1"
    )
    assert (await service_checks.channel(settings)).status == "broken"
    assert (await service_checks.model(settings)).status == "broken"


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ({}, "optional", "off"),
        ({"EINVOICING_ENABLED": True}, "embedded", "simulated"),
        ({"EINVOICING_ENABLED": True, "UNIPILE_DSN": "a.example:1"}, "broken", "EINVOICING_FLOW_URL"),
        ({"EINVOICING_ENABLED": True, "EINVOICING_FLOW_URL": "http://127.0.0.1:9"}, "broken", "EINVOICING_TOKEN_URL"),
        (
            {
                "EINVOICING_ENABLED": True,
                "EINVOICING_FLOW_URL": "http://127.0.0.1:9/flow-service",
                "EINVOICING_TOKEN_URL": "http://127.0.0.1:9/token",
                "EINVOICING_CLIENT_ID": "usta",
                "EINVOICING_CLIENT_SECRET": "s",
            },
            "broken",
            "EINVOICING_",
        ),
    ],
)
async def test_the_approved_platform(values: dict[str, object], status: str, says: str) -> None:
    finding = await service_checks.einvoicing(configured(**values))
    assert finding.status == status and says in f"{finding.detail} {finding.remedy}"


async def test_a_database_that_does_not_answer() -> None:
    finding = await service_checks.database(configured(DATABASE_URL="postgresql://u:p@127.0.0.1:9/usta"))
    assert finding.status == "broken" and "DATABASE_URL" in finding.remedy


async def test_a_port_taken_by_a_stranger() -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        finding = await machine_checks.port(configured(PORT=port))
    assert finding.status == "broken"


async def test_a_check_that_raises_is_a_finding() -> None:
    async def failing(_: Settings) -> checks.Finding:
        raise RuntimeError("two\nlines")

    assert await checks._guarded("Anything", failing, configured()) == checks.Finding("Anything", "broken", "two")
