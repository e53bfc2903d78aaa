"""show_transcript: the artisan wants to read what was heard (UX-58)."""

from __future__ import annotations

from services.transcription.records import last_transcript
from tools.context import TurnContext
from tools.definition import Args, Effect, define


class ShowTranscriptArgs(Args):
    """No argument."""


async def show_transcript(context: TurnContext, args: ShowTranscriptArgs) -> str:
    text = await last_transcript(context.session, context.organization_id, context.chat_id)
    context.report("transcript_wanted", text=text)
    return "noted"


TOOL = define(
    "show_transcript", "Show the transcription of the voice note.", ShowTranscriptArgs, Effect.DIALOGUE, show_transcript
)
