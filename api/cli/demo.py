"""`usta demo`, what `make demo` runs: everything on this machine, nothing to configure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from api.cli.supervisor import Child, Supervisor
    from db.settings import Settings

_READY_WITHIN_SECONDS = 90


def demo(
    port: Annotated[int | None, typer.Option(help="Port of the chat page; default: PORT, else 8000.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes to start.")] = 1,
) -> None:
    """Try Usta here and now: database, server, worker and a phone in the browser. Ctrl-C stops all of it."""
    import signal

    from api.cli.ending import plain_failures

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.default_int_handler)
    if port:
        os.environ["PORT"] = str(port)
    try:
        with plain_failures():
            _run(workers)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _run(workers: int) -> None:
    from rich.console import Console

    from api.cli.ending import fail
    from db.server import database_url, stop_embedded
    from db.settings import settings

    console = Console(highlight=False)
    configured = settings()
    home = configured.home.absolute()
    _require_writable(home)
    _clean_up_earlier_run(home, console)
    from api.cli.ports import trouble_with_port

    if sentence := trouble_with_port(configured.host, configured.port):
        fail(sentence)
    try:
        url = database_url(configured)
        _prepare_database(home, url, console)
        _supervise(configured, home, url, workers, console)
    finally:
        _ignore_interrupts()
        stop_embedded(configured.home)


def _require_writable(home: Path) -> None:
    from api.cli.ending import fail

    probe = home / ".write-probe"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        fail(f"Cannot write to {home} ({error.strerror}). Name a folder that you may write to: USTA_HOME=… make demo")


def _clean_up_earlier_run(home: Path, console: Console) -> None:
    from api.cli.earlier_run import Run, forget_run
    from api.cli.ending import fail

    earlier = Run.load(home)
    if earlier is None:
        return
    if supervisor := earlier.supervisor.find():
        fail(
            f"A demo already runs from {home} (process {supervisor.pid}): open {earlier.url}, or stop it with Ctrl-C "
            "where it was started."
        )
    if count := earlier.stop_leftovers():
        console.print(f"Stopped {count} processes left by an earlier run that was killed.", style="yellow")
    forget_run(home)


def _prepare_database(home: Path, url: str, console: Console) -> None:
    from api.cli.preparation import is_prepared, prepare

    if not is_prepared(home, url):
        console.print("Preparing the database…", style="dim")
        prepare(home, url)


def _supervise(configured: Settings, home: Path, url: str, workers: int, console: Console) -> None:
    import sys

    from api.cli.ending import fail
    from api.cli.supervisor import ChildEnded, Supervisor

    address = f"http://{_reachable(configured.host)}:{configured.port}"
    os.environ.setdefault("SEND_PACE_SCALE", "0")  # nobody bans a simulated number
    environment = {"DATABASE_URL": url, "HOST": configured.host, "PORT": str(configured.port), "USTA_HOME": str(home)}
    supervisor = Supervisor(home, address, environment, console)
    command = [sys.executable, "-m", "api.cli.main"]
    try:
        api = supervisor.start("api", [*command, "serve"])
        for number in range(1, workers + 1):
            supervisor.start("worker" if workers == 1 else f"worker-{number}", [*command, "worker"])
        _wait_until_ready(supervisor, api, configured)
        _welcome(console, address)
        while True:
            supervisor.tend()
    except ChildEnded as error:
        fail(str(error))
    except KeyboardInterrupt:
        console.print("\nStopping…", style="dim")
        raise
    finally:
        _ignore_interrupts()
        supervisor.stop()


def _wait_until_ready(supervisor: Supervisor, api: Child, configured: Settings) -> None:
    import time

    from api.cli.supervisor import ChildEnded

    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    reason = "it did not answer"
    while time.monotonic() < deadline:
        supervisor.require(api)
        status, reason = _ask_health(_reachable(configured.host), configured.port)
        if status == 200:
            return
        supervisor.tend(0.1)
    raise ChildEnded(f"Not ready after {_READY_WITHIN_SECONDS} s: {reason}")


def _ask_health(host: str, port: int) -> tuple[int, str]:
    import http.client

    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def _welcome(console: Console, address: str) -> None:
    from rich.panel import Panel

    console.print(
        Panel(
            f"[bold]Usta is ready:[/bold] [link={address}]{address}[/link]\n\n"
            "Write as Karim: [cyan]devis pour Mme Lefebvre, 12 m² de carrelage à 45 €[/cyan]\n"
            "or as Hasan:    [cyan]Madam Lefèvre'e devis, 12 m² fayans, metresi 45 euro[/cyan]\n\n"
            "[dim]Ctrl-C stops everything.[/dim]",
            expand=False,
        )
    )


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host


def _ignore_interrupts() -> None:
    """From here on everything is being stopped; a second Ctrl-C must not leave half of it running."""
    import signal

    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
