"""Use cases of an organization's own wording, for the administration and for whatever is about to speak."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import WordingOverride
from db.repositories import wording as repository
from db.repositories.accounts import add_log
from prompts.replies import noting_sentences
from prompts.replies.own_wording import check_wording, own_wording


class ChangedMeanwhile(Exception):
    """Somebody else wrote the same version of the sentence at the same moment; read it again and decide anew."""


async def templates_in_force(session: AsyncSession, organization_id: UUID) -> dict[str, str]:
    """The organization's own sentences as "language/file.macro" → template; the house's are not among them."""
    rows = await repository.latest(session, organization_id)
    return {f"{row.language}/{row.sentence}": row.template for row in rows if row.template is not None}


@asynccontextmanager
async def own_words(session: AsyncSession, organization_id: UUID) -> AsyncIterator[None]:
    """What is said inside the block is said in the organization's wording, and noted for its message."""
    templates = await templates_in_force(session, organization_id)
    with own_wording(templates), noting_sentences():
        yield


async def reword(
    session: AsyncSession, organization_id: UUID, language: str, sentence: str, template: str | None, *, author: str
) -> WordingOverride:
    """Stores the next version of a sentence; None returns to the house's wording.

    Raises ``UnusableWording`` and KeyError (``prompts.replies.own_wording.check_wording``) and ``ChangedMeanwhile``.
    """
    if template is not None:
        check_wording(language, sentence, template)
    version = await repository.last_version(session, organization_id, language, sentence) + 1
    row = WordingOverride(
        organization_id=organization_id,
        language=language,
        sentence=sentence,
        version=version,
        template=template,
        author=author,
    )
    try:
        async with session.begin_nested():
            await repository.add(session, row)
    except IntegrityError as error:
        raise ChangedMeanwhile from error
    what = "in its own words" if template is not None else "in the house's words again"
    add_log(
        session, organization_id, "wording.changed", f"{language}/{sentence} {what}, version {version}", type="audit"
    )
    return row


async def history(
    session: AsyncSession, organization_id: UUID, language: str, sentence: str
) -> Sequence[WordingOverride]:
    """Every version of a sentence, the newest first."""
    return await repository.versions(session, organization_id, language, sentence)
