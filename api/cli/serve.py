"""`usta serve`: one API process."""

from __future__ import annotations

from typing import Annotated

import typer

_SIMULATOR_SECONDS = 5
"""Phones of the simulator hold a request open until something comes; nobody waits for these to end."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; default: PORT, else 8000.")] = None,
    reload: Annotated[bool, typer.Option(help="Restart when the code changes (development).")] = False,
) -> None:
    """Run the HTTP server: webhooks, health and metrics, and the simulated phone when no Unipile is configured.

    Start as many as you need behind a load balancer; messages are answered by `usta worker`.
    """
    import os

    from api.cli.ending import fail, plain_failures
    from api.cli.ports import trouble_with_port
    from api.cli.supervised import end_cleanly_on_term, end_with_supervisor

    end_with_supervisor()
    end_cleanly_on_term()
    # In the environment, so that a reloader's child process reads the same settings.
    os.environ.update({name: str(value) for name, value in (("HOST", host), ("PORT", port)) if value})
    with plain_failures():
        from db.settings import settings

        configured = settings()
        if sentence := trouble_with_port(configured.host, configured.port):
            fail(sentence)

        from db.encryption import keyring_of
        from db.server import database_url, stop_embedded

        keyring_of(configured)
        database_url(configured)

        import uvicorn

        try:
            uvicorn.run(
                "api.app:create_app",
                factory=True,
                host=configured.host,
                port=configured.port,
                reload=reload,
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=_SIMULATOR_SECONDS
                if configured.simulated_channel
                else configured.shutdown_seconds,
            )
        except KeyboardInterrupt:
            pass
        finally:
            stop_embedded(configured.home)
