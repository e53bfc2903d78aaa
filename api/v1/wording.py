"""A company's own wording of what the assistant says to its people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api.errors import ApiError, ErrorDetail, errors
from api.v1.access import TenantDep, allowed
from db.models import WordingOverride
from prompts.replies.own_wording import LONGEST, UnusableWording
from prompts.replies.sentences import sentences, values_of
from services.wording import service as wording

router = APIRouter(
    prefix="/api/v1/organizations/{organization_id}/wording",
    tags=["wording"],
    dependencies=[allowed("wording:read")],
    responses=errors(404, 409),
)
_EXAMPLES: dict[str, Any] = {
    "own": {"summary": "Own words", "value": {"template": "C'est pour qui ?", "author": "marie@example.com"}},
    "house": {"summary": "Back to the house's words", "value": {"template": None, "author": "marie@example.com"}},
}
LanguagePath = Annotated[Literal["fr", "tr"], Path(description="Language of the chat.")]
SentencePath = Annotated[str, Path(description="Name of the sentence, file.macro.", examples=["questions.client_name"])]


class Sentence(BaseModel):
    """A sentence as it is said now. ``values`` may be used as ``{{ v.name }}``, ``v.f("tu", "vous")`` picks the form."""

    language: Literal["fr", "tr"]
    sentence: str
    house: str
    own: str | None
    values: list[str]


class Rewording(BaseModel):
    """``template`` null returns to the house's wording."""

    model_config = ConfigDict(extra="forbid")

    template: str | None = Field(max_length=LONGEST)
    author: str = Field(min_length=1, max_length=200, description="Who answers for these words.")


class Version(BaseModel):
    """One version; the highest counts."""

    version: int
    template: str | None
    author: str
    created_at: datetime


@router.get("")
async def list_sentences(
    tenant: TenantDep,
    language: Annotated[Literal["fr", "tr"], Query(description="Language of the chat.")] = "fr",
    own_only: Annotated[bool, Query(description="Only those that the company words itself.")] = False,
) -> list[Sentence]:
    """Every sentence with the house's wording and, where there is one, the company's."""
    async with tenant.session() as session:
        own = await wording.templates_in_force(session, tenant.id)
    return [
        Sentence(
            language=language,
            sentence=name,
            house=template,
            own=own.get(f"{language}/{name}"),
            values=sorted(values_of(template) - {"f"}),
        )
        for name, template in sentences(language).items()
        if not own_only or f"{language}/{name}" in own
    ]


@router.get("/{language}/{sentence}")
async def list_versions(tenant: TenantDep, language: LanguagePath, sentence: SentencePath) -> list[Version]:
    """The versions of a company's sentence, the newest first; empty when the house's wording was never changed."""
    _known(language, sentence)
    async with tenant.session() as session:
        return [_version(row) for row in await wording.history(session, tenant.id, language, sentence)]


@router.put("/{language}/{sentence}", dependencies=[allowed("wording:write")])
async def reword(
    tenant: TenantDep,
    language: LanguagePath,
    sentence: SentencePath,
    rewording: Annotated[Rewording, Body(openapi_examples=_EXAMPLES)],
) -> Version:
    """Stores the next version. A wording that could not be said is refused and nothing changes."""
    _known(language, sentence)
    async with tenant.session() as session:
        try:
            row = await wording.reword(
                session, tenant.id, language, sentence, rewording.template, author=rewording.author
            )
        except UnusableWording as error:
            detail = ErrorDetail(field="template", message=str(error))
            raise ApiError(422, "The sentence was not changed.", [detail]) from error
        except wording.ChangedMeanwhile as error:
            raise ApiError(409, "Somebody else has just changed this sentence: read it again.") from error
        await session.refresh(row)
        return _version(row)


def _known(language: str, sentence: str) -> None:
    if sentence not in sentences(language):
        raise ApiError(404, "There is no such sentence.")


def _version(row: WordingOverride) -> Version:
    return Version(version=row.version, template=row.template, author=row.author, created_at=row.created_at)
