"""Asks a model that can see what stands in a picture. Its answer is checked data: a kind, lines, numbers, nothing else."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.understanding.answers import Answer
from agent.understanding.endpoints import Endpoint, endpoints, parse_fallback
from agent.understanding.model_calls import ModelCalls, TurnBudget
from agent.understanding.usage import ModelUsageRecord, collect, collecting_usage
from db.settings import Settings
from prompts.understanding.loading import picture_prompt
from services.attachments.numbers import line_of, ways
from services.attachments.schemas import Outcome, PriceMode, Seen, SeenLine
from services.messaging.cleaning import clean_tree
from tools.commands import Command

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

PURPOSE = "picture"
TOOL = "report_picture"
MOST_LINES = 60
LONGEST_DESCRIPTION = 160
"""Characters. A work is named shorter than that; a letter is not."""
_FOREIGN = re.compile(r"https?://|www\.|\S+@\S+\.\w|(?:\+|00)\d[\d .]{8,}|\b0[1-9](?:[ .]?\d{2}){4}\b|[<>{}\[\]`]")
"""What no work is called: addresses on the web, e-mails, phone numbers, markup."""
_Kind = Literal["work_list", "quote", "receipt", "site", "other"]
_Unit = Literal["m²", "ml", "m³", "u", "h", "j", "forfait", "kg", "sac", "ens", "l", "t"]
_OUTCOMES: dict[_Kind, Outcome] = {
    "work_list": "lines",
    "quote": "lines",
    "receipt": "receipt",
    "site": "site",
    "other": "nothing",
}

_log = structlog.get_logger(__name__)


class PictureLine(BaseModel):
    """One work or supply. Numbers are text: "1150", several readings "6|8", unreadable "?", not written null."""

    model_config = ConfigDict(extra="forbid")

    description: str
    quantity: str | None
    unit: _Unit | None
    unit_price: str | None
    total: str | None


class PictureReport(BaseModel):
    """What stands in the picture."""

    model_config = ConfigDict(extra="forbid")

    kind: _Kind
    lines: list[PictureLine]
    price_mode: PriceMode | None
    supplier: str | None
    total: str | None


class PictureReader:
    """Reads pictures with one model. One per process and event loop, like an understander."""

    def __init__(self, endpoint: Endpoint, *, timeout_seconds: float) -> None:
        self.model = endpoint.model
        self._calls = ModelCalls([endpoint], collect, reader=read_report, purpose=PURPOSE)
        self._timeout_seconds = timeout_seconds

    async def read(self, pages: Sequence[bytes]) -> tuple[Seen | None, list[ModelUsageRecord]]:
        """What the pages (JPEG) of one file show, and the calls it took; None when no usable answer came. Never raises."""
        from langchain_core.messages import HumanMessage, SystemMessage

        messages = [SystemMessage(picture_prompt()), HumanMessage([_shown(page) for page in pages])]
        answer: Answer | None = None
        with collecting_usage() as spent:  # of this file alone: another artisan's picture may be read meanwhile
            try:
                await self._calls.prepare()
                answer = await self._calls.ask(messages, [_schema()], TOOL, TurnBudget.of(self._timeout_seconds))
            except Exception:
                _log.exception("picture.failed")
        if answer is None or not answer.commands:
            return None, spent
        return seen_of_report(PictureReport.model_validate(answer.commands[0].args), self.model), spent

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._calls.aclose()


def picture_reader(settings: Settings) -> PictureReader | None:
    """The reader that the settings ask for; None when nobody here can look at pictures. Raises ValueError."""
    wanted = settings.vision_model
    if wanted == "off" or (wanted == "auto" and settings.openai_api_key is None):
        return None
    primary = endpoints(settings.model_copy(update={"model_fallbacks": []}))[0]
    endpoint = primary if wanted == "auto" else parse_fallback(wanted, primary, os.environ)
    return PictureReader(endpoint, timeout_seconds=settings.vision_timeout_seconds)


def read_report(message: AIMessage) -> Answer:
    """The checked report of a model's message as the arguments of one command."""
    answer = Answer()
    for call in message.tool_calls:
        if call["name"] != TOOL:
            answer.problems.append(f"{call['name']} is no tool here")
            continue
        try:
            report = PictureReport.model_validate(clean_tree(call["args"] or {}))
        except ValidationError as error:
            answer.problems.append(str(error.errors(include_input=False, include_url=False))[:300])
        else:
            answer.commands.append(Command(name=TOOL, args=report.model_dump()))
    refusal = bool(message.additional_kwargs.get("refusal"))
    answer.refused = not answer.commands and (
        refusal or message.response_metadata.get("finish_reason") == "content_filter"
    )
    if not answer.commands and not answer.problems and not answer.refused:
        answer.problems.append("no tool was called")
    return answer


def seen_of_report(report: PictureReport, model: str) -> Seen:
    """What may be used of a report: lines that name a work, with numbers that add up or are asked about."""
    outcome = _OUTCOMES[report.kind]
    lines = [line for row in report.lines[:MOST_LINES] if (line := _line(row)) is not None]
    if outcome in ("lines", "receipt") and not lines:
        outcome = "nothing"
    return Seen(
        outcome=outcome,
        lines=lines if outcome in ("lines", "receipt") else [],
        price_mode=report.price_mode,
        supplier=_name(report.supplier),
        total=_one(report.total),
        read_by=model,
    )


def _line(row: PictureLine) -> SeenLine | None:
    description = " ".join(row.description.split()).strip(" .:;-–*•")
    if not any(map(str.isalpha, description)) or len(description) > LONGEST_DESCRIPTION or _FOREIGN.search(description):
        return None
    return line_of(description, row.unit, row.quantity, row.unit_price, row.total)


def _name(text: str | None) -> str | None:
    name = " ".join((text or "").split())[:60]
    return None if not name or _FOREIGN.search(name) else name


def _one(token: str | None) -> Decimal | None:
    found = ways(token)
    return found[0] if found is not None and len(found) == 1 else None


def _shown(page: bytes) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{base64.b64encode(page).decode()}"}}


@cache
def _schema() -> dict[str, Any]:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    schema: dict[str, Any] = convert_to_openai_tool(PictureReport, strict=True)
    schema["function"]["name"] = TOOL
    return schema
