"""What a plan includes of voice and of models in a month: over it nothing is lost, and a larger plan brings it back (C44)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from agent import hearing_again
from agent.listening import OVER_PLAN
from agent.turn import TurnSettings, run_turn
from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.hybrid import HybridUnderstander
from db.models import ModelUsage, Plan, Subscription
from db.models.base import new_id
from db.repositories.accounts import get_organization
from db.settings import settings
from services.accounts.spending import set_limit, spend_today
from services.accounts.usage import usage
from services.billing import plan_limits
from tests.fakes.sounds import note
from tests.fakes.voice_server import hears
from tests.integration.voice.phone import Phone

QUOTE = "devis pour madame Petit douze mètres carrés de placo à trente-cinq"
TEKLIF = "Bayan Petit'ye teklif on iki metrekare alçıpan otuz beşten"
PUZZLES = {
    "fr": "le truc qu'on avait dit l'autre fois avec mon beau-frère pour la terrasse du voisin",
    "tr": "geçen gün kayınbiraderle komşunun terası için konuştuğumuz o şey vardı ya",
}
LINK = "/subscribe/"


class Unasked:
    """A model that nobody may ask here."""

    async def propose(self, *_: Any) -> None:
        raise AssertionError("a model was asked over the limit")


async def subscribed(phone: Phone, **limits: Any) -> Plan:
    plan = Plan(id=new_id(), code=f"p-{new_id()}", tier="STARTER", name="Essai", amount=Decimal(1), limits=limits)
    row = Subscription(
        organization_id=phone.organization.id, stripe_subscription_id=f"sub-{plan.id}", status="active", plan_id=plan.id,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    async with phone.database.system() as session:
        session.add(plan)
        await session.flush()
        session.add(row)
    return plan


async def now_includes(phone: Phone, plan: Plan, **limits: Any) -> None:
    async with phone.database.system() as session:
        await session.execute(update(Plan).where(Plan.id == plan.id).values(limits=limits))


@pytest.fixture(autouse=True)
def _money(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "billing_simulated", True)


@pytest.mark.parametrize(
    ("language", "words", "named", "said"),
    [("fr", QUOTE, "french", "minutes de vocal"), ("tr", TEKLIF, "turkish", "dakikası kalmadı")],
)
async def test_a_note_over_the_plan_is_kept_and_heard_after_the_upgrade(
    phone, server, language, words, named, said
) -> None:
    await phone.prefers(language)
    sound = note(f"quote_{language}")
    server.says(hears(words, 0.9, named), hears(words, 0.9, named))
    plan = await subscribed(phone, voice_minutes_per_month=1)
    first = await phone.speaks(sound)
    assert "420,00" in " ".join(await phone.turn()), "a minute is not used up yet"
    await phone.change(first, duration_seconds=Decimal("60.00"))

    second = await phone.speaks(sound)
    (told,) = await phone.turn()
    assert said in told and LINK in told and len(server.requests) == 1
    record = await phone.record(second)
    assert (record.outcome, record.error, record.attempts) == ("waiting", OVER_PLAN, 0)
    assert await phone.storage.get(record.audio_key or "") == sound
    async with phone.database.tenant(phone.organization.id) as session:
        shown = (await plan_limits.usage(session, phone.organization.id))["voice_minutes_per_month"]
        later = await plan_limits.usage(session, phone.organization.id, datetime.now(UTC) + timedelta(days=40))
    assert (shown.used, shown.limit) == (1, 1)
    assert later["voice_minutes_per_month"].used == 0, "a new month begins at nothing"
    await hearing_again.hear_again(phone.database, phone.listener, phone.organization.id, second)
    assert (await phone.record(second)).outcome == "waiting" and len(server.requests) == 1

    phone.provider.files.clear()
    await now_includes(phone, plan, voice_minutes_per_month=60)
    await hearing_again.hear_again(phone.database, phone.listener, phone.organization.id, second)
    await phone.turn()
    record = await phone.record(second)
    assert (record.outcome, record.audio_key, record.error) == ("heard", None, None)
    assert (await phone.message(second)).transcription


async def test_no_live_subscription_limits_nothing(phone, server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.says(hears(QUOTE), hears(QUOTE))
    await subscribed(phone, voice_minutes_per_month=0)
    monkeypatch.setattr(settings(), "billing_simulated", False)
    await phone.speaks(note("quote_fr"))
    assert "420,00" in " ".join(await phone.turn())


@pytest.mark.parametrize(("language", "said"), [("fr", "au bout"), ("tr", "hakkı doldu")])
async def test_over_the_months_money_the_grammar_goes_on(phone, language: str, said: str) -> None:
    await phone.prefers(language)
    plan = await subscribed(phone, model_eur_per_month="5.00")
    spent = ModelUsage(
        organization_id=phone.organization.id, purpose="understand", provider="p", model="m", outcome="ok",
        milliseconds=1, cost_eur=Decimal("5.00"), created_at=datetime.now(UTC),
    )  # fmt: skip
    async with phone.database.system() as session:
        session.add(spent)
        await set_limit(session, phone.organization.id, Decimal(100))
    reader = HybridUnderstander(GrammarUnderstander(), Unasked())  # type: ignore[arg-type]

    async def turn(text: str) -> str:
        await phone.writes(text)
        before = len(await phone.told())
        await run_turn(phone.database, reader, TurnSettings(0, 0), phone.organization.id, phone.chat.id)
        return "\n".join((await phone.told())[before:])

    told = await turn(PUZZLES[language])
    assert said in told and LINK in told
    again = await turn(PUZZLES[language] + " ?")
    assert LINK not in again, "once a month"
    assert "420,00" in await turn("devis Mme Petit 12 m² placo à 35")
    async with phone.database.tenant(phone.organization.id) as session:
        month = (await usage(session, phone.organization.id, None, None, datetime.now(UTC))).month
    assert (month.spent_eur, month.limit_eur, month.remaining_eur) == (Decimal(5), Decimal(5), Decimal(0))
    await now_includes(phone, plan, model_eur_per_month="50.00")
    async with phone.database.tenant(phone.organization.id) as session:
        organization = await get_organization(session, phone.organization.id)
        spend = await spend_today(session, organization, datetime.now(UTC))
    assert spend.allowed and not spend.month_over, "a larger plan lets models be asked at once"
