"""Moving second factors to the current of AUTH_KEYS, and saying what lies under which: an old key can go once none does."""

from __future__ import annotations

from collections import Counter

from db.repositories import identity as repository
from db.session import Database
from services.encryption.service import Held
from services.identity.keys import Keys
from services.identity.second_factor import sealed_anew


async def held(database: Database) -> list[Held]:
    """Second factors by place and key id."""
    async with database.system() as session:
        rows = await repository.second_factors(session)
    counts = Counter((row.place, row.sealed.rpartition(":")[0]) for row in rows)
    return [Held(f"{place}.totp_secret", key_id, count) for (place, key_id), count in sorted(counts.items())]


async def rotate(database: Database, keys: Keys) -> int:
    """Seals them with the current key; how many it were. One whose key is gone stays as it is."""
    done = 0
    async with database.system() as session:
        for row in await repository.second_factors(session):
            new = sealed_anew(keys, row.holder_id, row.sealed)
            if new is not None:
                done += await repository.seal_second_factor(session, row.place, row.holder_id, row.sealed, new)
    return done
