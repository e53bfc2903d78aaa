"""set_voice_replies: the artisan wants recaps said aloud too, or no longer (UX-63, U17)."""

from __future__ import annotations

from services.speech import service as speech
from tools.context import ToolRefusal, TurnContext
from tools.definition import Args, Effect, define


class SetVoiceRepliesArgs(Args):
    """``wanted``: true for spoken recaps beside the text, false for text only."""

    wanted: bool


async def set_voice_replies(context: TurnContext, args: SetVoiceRepliesArgs) -> str:
    try:
        await speech.want_replies(context.session, context.organization_id, context.user.id, wanted=args.wanted)
    except speech.NoVoice as error:
        raise ToolRefusal("no_voice") from error
    context.user.voice_replies = args.wanted
    context.report("voice_replies", wanted=args.wanted)
    return "noted"


TOOL = define(
    "set_voice_replies",
    "Say recaps aloud too, or only write them.",
    SetVoiceRepliesArgs,
    Effect.DIALOGUE,
    set_voice_replies,
)
