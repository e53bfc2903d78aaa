"""Checks of the services around the code: database, workers, storage, WhatsApp, language model, transcription."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from db import revision
from db.encryption import NoEncryptionKeys, keyring_of
from db.repositories import encrypted
from db.repositories import operations as repository
from db.repositories.sessions import list_sessions
from db.server import database_url
from db.session import Database
from db.settings import Settings
from services.einvoicing.afnor import configured_platform
from services.einvoicing.credentials import access
from services.einvoicing.platform_errors import PlatformError
from services.identity.keys import keys_of
from services.operations.checks import Finding
from services.storage.disk import disk_share
from services.storage.service import Storage, waiting_folder
from services.storage.waiting import Waiting
from services.transcription.port import NotConfigured
from services.transcription.service import configured_transcriber

_PATIENCE_SECONDS = 5.0
_PROBE = "doctor/probe.txt"
_DISK_WARNING = 0.8


async def database(settings: Settings) -> Finding:
    """Reachable; the embedded server is started for the check and stops with this process."""
    url = await asyncio.to_thread(database_url, settings)
    embedded = settings.database_url is None
    opened = Database(url, pool_size=1)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS), opened.engine.connect() as connection:
            version = await repository.server_version(connection)
    except Exception as error:
        reason = (str(error.__cause__ or error).strip() or "no answer").splitlines()[0]
        return Finding("Database", "broken", reason, "Check DATABASE_URL, or unset it to use the embedded PostgreSQL.")
    finally:
        await opened.close()
    if version < 15:
        return Finding("Database", "broken", f"PostgreSQL {version}", "Usta needs PostgreSQL 15 or newer.")
    if embedded:
        return Finding("Database", "embedded", f"PostgreSQL {version} under {settings.home.absolute() / 'postgres'}")
    return Finding("Database", "ok", f"PostgreSQL {version}")


async def migrations(settings: Settings) -> Finding:
    """The schema is the one this code was written for."""
    url = await asyncio.to_thread(database_url, settings)
    found = await asyncio.to_thread(revision.current, url)
    if found != revision.head():
        detail = f"the database is at {found}, the code at {revision.head()}" if found else "the database is empty"
        return Finding("Migrations", "broken", detail, "usta migrate, or make demo")
    return Finding("Migrations", "ok", f"revision {found}")


async def sign_in(settings: Settings) -> Finding:
    """There are keys for the administration API's sign-ins."""
    if settings.auth_keys:
        return Finding("Sign-in", "ok", f"signs with key {keys_of(settings).current}")
    if settings.simulated_channel:
        return Finding("Sign-in", "embedded", "a key of the data folder signs")
    return Finding(
        "Sign-in", "broken", "nobody can sign in to the administration API", "Set AUTH_KEYS (see .env.example)."
    )


async def encryption(settings: Settings) -> Finding:
    """There are keys for what people write, and they open what is stored."""
    try:
        keys = keyring_of(settings)
    except NoEncryptionKeys as error:
        return Finding("Encryption", "broken", str(error), "Set ENCRYPTION_KEYS (usta keys new, docs/encryption.md).")
    url = await asyncio.to_thread(database_url, settings)
    if await asyncio.to_thread(revision.current, url) == revision.head():
        opened = Database(url, pool_size=1)
        try:
            async with opened.system() as session:
                missing = await encrypted.newest_key_ids(session) - {*keys.ids, ""}
        finally:
            await opened.close()
        if missing:
            return Finding(
                "Encryption",
                "broken",
                f"what was written lately is sealed with {', '.join(sorted(missing))}, which is not configured",
                "Put that key back among ENCRYPTION_KEYS: without it nothing of it can be read.",
            )
    if settings.encryption_keys:
        return Finding("Encryption", "ok", f"seals with key {keys.current}")
    return Finding("Encryption", "embedded", "a key of the data folder seals what people write")


async def worker(settings: Settings) -> Finding:
    """At least one fresh heartbeat. None is no fault of the machine: nothing may be running right now."""
    url = await asyncio.to_thread(database_url, settings)
    if await asyncio.to_thread(revision.current, url) != revision.head():
        return Finding("Worker", "optional", "unknown before the migration")
    opened = Database(url, pool_size=1)
    try:
        async with opened.system() as session:
            count = await repository.living_workers(session, within_seconds=3 * settings.heartbeat_seconds)
    finally:
        await opened.close()
    if not count:
        return Finding("Worker", "optional", "none is running; messages wait for one", "usta worker, or make demo")
    return Finding("Worker", "ok", f"{count} running")


async def storage(settings: Settings) -> Finding:
    """A file can be written where documents are kept, read and taken away again; none waits for the store."""
    url = settings.storage_url or str((settings.home / "files").absolute())
    try:
        kept = Storage(url, options=settings.storage_options)
        await kept.put(_PROBE, b"written by usta doctor")
        await kept.get(_PROBE)
        await kept.delete(_PROBE)
    except ImportError as error:
        return Finding("Storage", "broken", f"{url}: {error}", "Install the package that the message names.")
    except Exception as error:
        return Finding(
            "Storage", "broken", f"{url}: {error}", "Check STORAGE_URL, its credentials and its permissions."
        )
    if settings.storage_url is None:
        share = await asyncio.to_thread(disk_share, Path(url))
        if share >= _DISK_WARNING:
            return Finding("Storage", "broken", f"{url}: the disk is {share:.0%} full", "Free some space.")
        return Finding("Storage", "embedded", url)
    backlog = await Waiting(waiting_folder(settings)).backlog()
    if backlog:
        detail = f"{url}, {backlog.files} files wait on this machine"
        return Finding("Storage", "optional", detail, "A worker moves them within a minute, or usta storage move-back.")
    return Finding("Storage", "ok", url)


async def channel(settings: Settings) -> Finding:
    """Unipile answers with our key, or the simulator stands in."""
    if settings.unipile_dsn is None:
        remedy = "Set UNIPILE_DSN and UNIPILE_API_KEY to talk to real phones."
        return Finding("WhatsApp", "embedded", "simulated phone in the browser", remedy)
    if settings.unipile_api_key is None:
        return Finding("WhatsApp", "broken", "UNIPILE_DSN without a key", "Set UNIPILE_API_KEY.")
    dsn = settings.unipile_dsn
    url = f"{dsn if '://' in dsn else f'https://{dsn}'}/api/v1/accounts"
    status = await _status(url, {"X-API-KEY": settings.unipile_api_key.get_secret_value()})
    if status != "200":
        return Finding("WhatsApp", "broken", f"Unipile at {dsn}: {status}", "Check UNIPILE_DSN and UNIPILE_API_KEY.")
    if settings.unipile_webhook_secret is None:
        return Finding("WhatsApp", "broken", "webhooks are not protected", "Set UNIPILE_WEBHOOK_SECRET.")
    return Finding("WhatsApp", "ok", f"Unipile at {dsn}")


async def numbers(settings: Settings) -> Finding:
    """The WhatsApp numbers: the assistant's must be connected; an artisan's own may be down without harm to his orders."""
    name = "WhatsApp numbers"
    url = await asyncio.to_thread(database_url, settings)
    if await asyncio.to_thread(revision.current, url) != revision.head():
        return Finding(name, "optional", "unknown before the migration")
    opened = Database(url, pool_size=1)
    try:
        async with opened.system() as session:
            accounts = await list_sessions(session, None)
    finally:
        await opened.close()
    down = [account for account in accounts if account.status != "connected"]
    said = ", ".join(f"{account.phone or account.id} {account.status}" for account in down[:5])
    more = f" and {len(down) - 5} more" if len(down) > 5 else ""
    detail = f"{len(accounts) - len(down)} connected" + (f"; {said}{more}" if down else "")
    assistants = [account for account in accounts if account.kind == "assistant"]
    if not any(account.status == "connected" for account in assistants):
        remedy = "usta channels setup, once the number is linked in Unipile"
        known = "the assistant's number is not connected" if assistants else "the assistant has no number yet"
        broken = assistants or settings.unipile_dsn is not None
        return Finding(name, "broken" if broken else "optional", f"{known}; {detail}", remedy)
    if down:
        return Finding(name, "optional", detail, "usta channels status; the owners have been sent a link")
    return Finding(name, "ok", detail)


async def model(settings: Settings) -> Finding:
    """The model endpoint answers, or the grammar reads alone."""
    if settings.openai_api_key is None:
        remedy = "Optional: OPENAI_API_KEY and OPENAI_BASE_URL of any compatible endpoint."
        return Finding("Language model", "embedded", "none: the built-in grammar reads the messages", remedy)
    key = settings.openai_api_key.get_secret_value()
    status = await _status(f"{settings.openai_base_url}/models", {"Authorization": f"Bearer {key}"})
    if status != "200":
        remedy = "Check OPENAI_API_KEY and OPENAI_BASE_URL; until then the grammar answers alone."
        return Finding("Language model", "broken", f"{settings.openai_base_url}: {status}", remedy)
    detail = f"{settings.openai_model} at {settings.openai_base_url}, understander {settings.understander_in_use}"
    return Finding("Language model", "ok", detail)


async def pictures(settings: Settings) -> Finding:
    """Which model reads photos. Whether it can see is only known from its first answer."""
    if settings.vision_model == "off" or (settings.vision_model == "auto" and settings.openai_api_key is None):
        return Finding(
            "Pictures", "optional", "none: photos are kept and not read", "Set OPENAI_API_KEY or VISION_MODEL."
        )
    model = settings.openai_model if settings.vision_model == "auto" else settings.vision_model.partition("#")[0]
    return Finding("Pictures", "ok", model)


async def transcription(settings: Settings) -> Finding:
    """The recogniser of voice notes answers, or its library and model are on this machine."""
    name = "Transcription"
    try:
        transcriber = await asyncio.to_thread(configured_transcriber, settings)
    except NotConfigured as error:
        return Finding(name, "broken", str(error), "Until then voice notes are kept and artisans asked to type.")
    if transcriber is None:
        remedy = "Set TRANSCRIPTION_MODEL_PATH or TRANSCRIPTION_URL (docs/voice.md)."
        return Finding(name, "optional", "none: voice notes are kept, artisans asked to type", remedy)
    if settings.transcription_in_use == "local":
        return Finding(name, "ok", f"{transcriber.provider}, {settings.transcription_model_path}")
    url = settings.transcription_url or settings.openai_base_url
    key = settings.transcription_api_key or settings.openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    status = await _status(f"{url}/models", headers)
    if status not in ("200", "404"):  # not every server of recognisers lists its models
        return Finding(name, "broken", f"{url}: {status}", "Check TRANSCRIPTION_URL and TRANSCRIPTION_API_KEY.")
    return Finding(name, "ok", f"{settings.transcription_model} at {url}")


async def einvoicing(settings: Settings) -> Finding:
    """The approved platform gives us a token, the simulator stands in, or it is off."""
    name = "E-invoicing"
    if not settings.einvoicing_enabled:
        return Finding(name, "optional", "off: invoices go to clients as PDF only", "EINVOICING_ENABLED=true")
    if settings.einvoicing == "simulator":
        remedy = "Set EINVOICING_FLOW_URL and the credentials of an approved platform."
        return Finding(name, "embedded", "simulated platform", remedy)
    if settings.einvoicing == "off":
        return Finding(name, "broken", "switched on without a platform", "Set EINVOICING_FLOW_URL.")
    if access(settings) is None:
        remedy = "Set EINVOICING_TOKEN_URL, EINVOICING_CLIENT_ID and EINVOICING_CLIENT_SECRET."
        return Finding(name, "broken", "EINVOICING_FLOW_URL without credentials", remedy)
    platform = configured_platform(settings, timeout=_PATIENCE_SECONDS)
    try:
        subscriptions = await platform.subscriptions()
    except PlatformError as error:
        return Finding(name, "broken", f"{platform.name}: {error}", "Check the EINVOICING_ variables.")
    finally:
        await platform.close()
    if settings.einvoicing_webhook_key is None:
        remedy = "usta einvoicing setup, then EINVOICING_WEBHOOK_KEY; until then statuses come by polling."
        return Finding(name, "optional", f"{platform.name}, without webhooks", remedy)
    return Finding(name, "ok", f"{platform.name}, {len(subscriptions)} webhooks")


async def _status(url: str, headers: dict[str, str]) -> str:
    """The HTTP status, or why there is none."""
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_SECONDS) as client:
            return str((await client.get(url, headers=headers)).status_code)
    except httpx.HTTPError as error:
        return str(error) or type(error).__name__
