"""Rows about messages that come in, the database they are kept in, and the folder of the documents."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count

from evals.failures.row import Expected, Row, Seen
from evals.failures.stage import QUOTE, Artisan, Stage
from services.storage.keys import place_of

_marks = count(2000)
FLOOD = 60
AWAY_SECONDS = 2.0


async def duplicates(stage: Stage) -> Seen:
    """The provider delivers one message three times."""
    artisan = await stage.artisan(str(next(_marks)))
    message_id = f"again-{artisan.phone}"
    for _ in range(3):
        await artisan.write(QUOTE, message_id=message_id)
    return await _with_inbound(artisan, 1)


async def flood(stage: Stage) -> Seen:
    """Sixty messages of one artisan reach the door at the same time."""
    artisan = await stage.artisan(str(next(_marks)))
    await artisan.say("devis pour Mme Garance")
    await asyncio.gather(*(artisan.write(f"ajoute plinthes {number} ml à 9,50") for number in range(1, FLOOD + 1)))
    seen = await _with_inbound(artisan, FLOOD + 1)
    (lines,) = await artisan.rows("select count(*) as n from quote_items where organization_id = %(organization)s")
    return replace(seen, lost=seen.lost + FLOOD - lines["n"])


async def database_away(stage: Stage) -> Seen:
    """PostgreSQL ends all connections and takes no new ones while an artisan writes."""
    artisan = await stage.artisan(str(next(_marks)))
    await artisan.say("bonjour")
    async with stage.database_away():
        writing = asyncio.create_task(artisan.write(QUOTE))
        await asyncio.sleep(AWAY_SECONDS)
    await writing
    seen = await _with_inbound(artisan, 2)
    metrics = (await stage.http.get("/metrics")).text.splitlines()
    return replace(seen, events=(*seen.events, *(line for line in metrics if line.startswith("usta_webhooks_total"))))


async def disk_full(stage: Stage) -> Seen:
    """The folder of an artisan's documents cannot be written."""
    artisan = await stage.artisan(str(next(_marks)))
    await artisan.issue()
    (first,) = await artisan.rows("select pdf_key from quotes where organization_id = %(organization)s")
    folder = (stage.home / "files" / place_of(first["pdf_key"]).path).parent
    aside = folder.rename(folder.with_name(f"{folder.name}-aside"))
    folder.write_bytes(b"no folder")
    try:
        await artisan.say("garde")
        await artisan.say(QUOTE)
        return await artisan.say("ok")
    finally:
        folder.unlink()
        aside.rename(folder)


async def _with_inbound(artisan: Artisan, wanted: int) -> Seen:
    """What was seen; messages of his that are not stored and read exactly once count as lost or doubled."""
    seen = await artisan.settled()
    rows = await artisan.rows(
        "select (select count(*) from turns t where t.message_ids ? m.id::text) as turns from whatsapp_messages m"
        " where m.organization_id = %(organization)s and m.direction = 'inbound'"
    )
    read = [row["turns"] for row in rows]
    lost = max(wanted - len(read), 0) + read.count(0)
    doubled = max(len(read) - wanted, 0) + sum(turns > 1 for turns in read)
    return replace(seen, lost=seen.lost + lost, doubled=seen.doubled + doubled)


ROWS = (
    Row("duplicate", "S4-159", "one message delivered three times", "one answer", "webhook outcome `duplicate`",
        "nothing", duplicates, Expected(1, "Garance")),
    Row("flood", "R057", f"{FLOOD} messages of one chat at the same time", "every line in one draft",
        "nothing", "nothing", flood, Expected(1, "Garance")),
    Row("database", "S4-164, S4-166", "PostgreSQL ends all connections and takes none for 2 s",
        "the answer, once it is back", "`usta_webhooks_total{outcome=\"unavailable\"}`",
        "the door answers 503, so the provider sends again; jobs go on where they were",
        database_away, Expected(1, "Garance", event='usta_webhooks_total{outcome="unavailable"}'), alone=True),
    Row("disk", "S4-167, S0-140", "the folder of the documents cannot be written", "„Le PDF coince, j'ai prévenu l'équipe“",
        "log `pdf.failed`", "once, then he is told", disk_full, Expected(1, "Le PDF coince", event="pdf.failed")),
)  # fmt: skip
