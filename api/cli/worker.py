"""`usta worker`: one worker process."""

from __future__ import annotations

from typing import Annotated

import typer


def worker(
    concurrency: Annotated[
        int | None, typer.Option(help="Jobs worked on at once; default: WORKER_CONCURRENCY, else 16.")
    ] = None,
) -> None:
    """Run a worker: it reads messages, runs the conversations, makes the PDFs and sends the replies.

    Start as many as you need, on as many machines: they share the chats through the database.
    """
    import asyncio
    import os

    from api.cli.ending import plain_failures
    from api.cli.supervised import end_cleanly_on_term, end_with_supervisor

    end_with_supervisor()
    end_cleanly_on_term()
    if concurrency:
        os.environ["WORKER_CONCURRENCY"] = str(concurrency)
    with plain_failures():
        from db.server import stop_embedded
        from db.settings import settings
        from services.operations.logs import configure_logs

        configured = settings()
        configure_logs(configured.log_level)

        from agent.worker import run_worker

        try:
            asyncio.run(run_worker(configured))
        except KeyboardInterrupt:
            pass
        finally:
            stop_embedded(configured.home)
