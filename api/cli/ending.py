"""How a command ends when something is in the way: one sentence on stderr, exit code 1, no traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


def fail(sentence: str) -> NoReturn:
    """Ends the command with one sentence that says what to do."""
    typer.secho(sentence, fg="red", err=True)
    raise typer.Exit(1)


@contextmanager
def plain_failures() -> Iterator[None]:
    """Turns an unusable database or wrong setting into one sentence."""
    import psycopg
    from pydantic import ValidationError

    from db.encryption import NoEncryptionKeys
    from db.server import DatabaseUnavailable

    try:
        yield
    except (DatabaseUnavailable, NoEncryptionKeys) as error:
        fail(str(error))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        fail(f"A setting is wrong: {wrong}. See .env.example.")
    except Exception as error:
        cause = getattr(error, "orig", error)  # SQLAlchemy wraps what the driver raised
        if not isinstance(cause, psycopg.OperationalError):
            raise
        fail(f"The database does not answer: {str(cause).strip().splitlines()[0]}. Check DATABASE_URL.")
