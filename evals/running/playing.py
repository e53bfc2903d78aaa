"""Plays one scenario in one language from the first word to the last, and gathers what it leaves into a trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from time import monotonic
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx
import psycopg

from evals.running import evidence
from evals.running.llm_user import NoUser
from evals.running.phones import ARTISAN, names_of, numbers
from evals.running.recording import Spoken, recorded
from evals.running.script import Artisan, ScriptedArtisan, Situation, UnforeseenQuestion
from evals.running.seeding import BYSTANDER, SceneRefused, Seeded, seed
from evals.running.transport import NoAnswer, Phone
from evals.running.world import World, now
from evals.scenarios.loading import Part, UnreadableScenario, fixture
from evals.scenarios.placeholders import UnknownPlaceholder, filled
from evals.scenarios.schema import Event, Scenario
from evals.traces import Heard, Trace
from tools.commands import Language

MOST_TURNS = 40
MOST_REPEATS = 5
PARIS = ZoneInfo("Europe/Paris")
Fill = Callable[[Any], Any]
MakeArtisan = Callable[["Play", Fill], Artisan]


@dataclass(frozen=True)
class Play:
    """A scenario to be played once. ``mutation`` names what was done to it; ``scenario`` is already changed."""

    scenario: Scenario
    part: Part
    locale: Language
    trial: int = 1
    mutation: str | None = None
    saboteur: str | None = None
    user: Literal["scripted", "llm"] = "scripted"
    file_hash: str | None = None
    """Fingerprint of the scenario before a mutation."""

    @property
    def name(self) -> str:
        return "/".join((self.scenario.id, self.locale, str(self.trial), self.mutation or "-"))

    @property
    def alone(self) -> bool:
        """What happens to it would disturb others at the same time."""
        return any(event.kill_worker or event.provider_fails for event in self.scenario.events)


@dataclass
class RunFacts:
    """What all traces of a run have in common."""

    run: str
    understander: str = "grammar"
    model: str | None = None
    commit: str | None = None
    phones: set[str] = field(default_factory=set)
    """The numbers that are taken already."""


def scripted(play: Play, fill: Fill) -> Artisan:
    """The artisan of the scenario's script."""
    return ScriptedArtisan(play.scenario, fill)


def filling(play: Play, phones: Mapping[str, str]) -> Fill:
    """Puts texts of the scenario into the language of the play, placeholders replaced."""
    today = now().astimezone(PARIS).date()

    def fill(value: Any) -> Any:
        return filled(value, language=play.locale, knows=play.scenario.user.knows, phones=phones, today=today)

    return fill


def fingerprint(scenario: Scenario) -> str:
    """Twelve hexadecimal digits that change with anything its file or its fixtures say."""
    fixtures = [fixture(name) for name in scenario.seed.fixtures]
    return sha256(f"{scenario.model_dump_json()}{fixtures}".encode()).hexdigest()[:12]


async def perform(world: World, play: Play, facts: RunFacts, artisan: MakeArtisan = scripted) -> Trace:
    """Plays it; never raises for what the scenario or the service does wrong: ``error`` of the trace says it."""
    started, began = now(), monotonic()
    phones = numbers(play.name, [*names_of(play.scenario), BYSTANDER], facts.phones)
    own_phones = {name: number for name, number in phones.items() if name != BYSTANDER}
    trace = Trace(
        run=facts.run,
        scenario=play.scenario.id,
        part=play.part,
        locale=play.locale,
        trial=play.trial,
        workflow=play.scenario.workflow,
        family=play.scenario.family,
        user=play.user,
        mutation=play.mutation,
        saboteur=play.saboteur,
        understander=facts.understander,
        model=facts.model,
        commit=facts.commit,
        scenario_hash=play.file_hash or fingerprint(play.scenario),
        started_at=started.isoformat(),
        seconds=0,
        artisan_phone=phones[ARTISAN],
        phones=own_phones,
        minimum_turns=play.scenario.minimum_turns,
    )
    fill = filling(play, own_phones)
    try:
        seeded = await seed(world.http, play.scenario, fill, phones, play.locale)
        trace.organization_id, trace.canaries = seeded.organization_id, seeded.canaries
        await _talk_and_gather(world, play, seeded, trace, artisan(play, fill))
    except (SceneRefused, UnknownPlaceholder, UnreadableScenario) as error:
        trace.error = f"{play.scenario.id}: {error}"
    except (httpx.HTTPError, psycopg.Error) as error:
        trace.error = f"the installation failed: {error!r}"
    trace.seconds = round(monotonic() - began, 3)
    return trace


async def _talk_and_gather(world: World, play: Play, seeded: Seeded, trace: Trace, artisan: Artisan) -> None:
    before = await evidence.snapshot(world, seeded.organization_id)
    strangers = await evidence.everything(world, seeded.bystander_id)
    phone = Phone(world, trace.phones[ARTISAN], seeded.organization_id)
    spoken: list[Spoken] = []
    try:
        await _talk(phone, play, artisan, spoken)
    except UnforeseenQuestion as error:
        trace.error = f"turn {len(spoken) + 1}: {error}"
    except (NoAnswer, NoUser, httpx.HTTPError) as error:
        trace.error = f"turn {len(spoken)}: {error or repr(error)}"
    try:
        await phone.let_go()
        if spoken:
            await phone.settled(patience=0)
            spoken[-1].heard += await phone.heard()
    except NoAnswer as error:
        trace.error = trace.error or str(error)
    trace.turns = await recorded(world, seeded.organization_id, spoken)
    await _gather(world, play, seeded, trace, before)
    foreign = await evidence.everything(world, seeded.bystander_id)
    trace.foreign_changes = evidence.changes(strangers, foreign)


async def _talk(phone: Phone, play: Play, artisan: Artisan, spoken: list[Spoken]) -> None:
    """Turn by turn until the artisan is done; ``spoken`` grows, so that nothing is lost when it breaks off."""
    awaiting: str | None = None
    heard: list[Heard] = []
    events = list(play.scenario.events)
    for number in range(1, MOST_TURNS + 1):
        line = await artisan.next(Situation(awaiting, number, tuple(each.text for each in heard)))
        if line is None:
            return
        due = [event for event in events if _is_due(event, awaiting, number)]
        events = [event for event in events if event not in due]
        turn = Spoken(line, [], (), now(), awaiting, events=[name for event in due for name in _names_of(event)])
        spoken.append(turn)
        turn.texts, turn.message_ids = await phone.say(line, due)
        state = await phone.settled()
        heard = await phone.heard()
        turn.heard = list(heard)
        turn.workflow, turn.step = state["workflow"], state["current_step"]
        turn.awaiting_after = awaiting = state["awaiting"]
        if _goes_in_circles(spoken):
            raise NoAnswer(f"{MOST_REPEATS} times in a row the assistant said the same and awaited {awaiting}")
    raise NoAnswer(f"the talk is not over after {MOST_TURNS} turns; {awaiting or 'nothing'} is awaited")


def _goes_in_circles(spoken: list[Spoken]) -> bool:
    last = spoken[-MOST_REPEATS:]
    said = {(turn.awaiting_after, tuple(heard.text for heard in turn.heard)) for turn in last}
    return len(last) == MOST_REPEATS and len(said) == 1 and last[0].awaiting_after is not None


def _is_due(event: Event, awaiting: str | None, number: int) -> bool:
    when = event.when
    return when.turn == number if when.turn is not None else when.awaiting == awaiting


def _names_of(event: Event) -> list[str]:
    return [name for name, value in event.model_dump(exclude={"when"}).items() if value]


async def _gather(world: World, play: Play, seeded: Seeded, trace: Trace, before: evidence.Rows) -> None:
    tenant = seeded.organization_id
    after = await evidence.snapshot(world, tenant)
    trace.changes = evidence.changes(before, after)
    trace.names = evidence.names({**before, **after})
    trace.versions = await evidence.versions(world, tenant)
    trace.approvals = await evidence.told(world, "approvals", tenant)
    trace.outbox = await evidence.told(world, "outbox", tenant, order="seq")
    trace.documents = evidence.documents(world.installation.home, trace.outbox, trace.names)
    others = {number for name, number in trace.phones.items() if name != ARTISAN}
    others |= {row["to_phone"] for row in trace.outbox if row["to_phone"]}
    others |= {to for to in play.scenario.expect.forbidden.recipients if to.startswith("+")}
    trace.client_messages = await evidence.on_phones(world, sorted(others - {trace.artisan_phone}))
