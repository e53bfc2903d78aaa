"""`usta chat`: the phone in a terminal. It talks to the control API of a running demo, so through the webhook."""

from __future__ import annotations

from typing import Annotated

import typer


def chat(
    as_phone: Annotated[str | None, typer.Option("--as", help="Phone of the artisan, like +33611000001.")] = None,
    lang: Annotated[str | None, typer.Option(help="fr or tr: the demo artisan who writes in that language.")] = None,
    url: Annotated[str, typer.Option(help="Where the demo answers.")] = "http://127.0.0.1:8000",
) -> None:
    """Write to Usta from the terminal, as on WhatsApp. Start the demo first: `make demo`."""
    from api.cli.ending import fail
    from api.demo.terminal import Terminal
    from api.demo.terminal_phone import NoServer, Phone, demo_artisan
    from prompts.demo import LANGUAGES

    if lang not in (None, *LANGUAGES):
        fail("Choose --lang fr or --lang tr.")
    artisan = demo_artisan(as_phone, lang)
    with Phone(url, artisan.phone) as phone:
        terminal = Terminal(phone, artisan)
        try:
            terminal.run()
        except NoServer:
            fail(terminal.words["no_server"].format(url=url))
