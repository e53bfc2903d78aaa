"""`usta`: every command in one place."""

from __future__ import annotations

import typer

from api.cli import (
    admin,
    backup,
    bench,
    billing,
    channels,
    chaos,
    chat,
    demo,
    doctor,
    documents,
    einvoicing,
    eval,
    keys,
    migrate,
    privacy,
    prompts,
    seed,
    serve,
    storage,
    understand,
    voice,
    worker,
)

app = typer.Typer(
    name="usta",
    help="Usta: quotes and invoices by WhatsApp for building artisans, in French and Turkish. Start with `usta demo`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(chat.chat)
app.command()(understand.understand)
app.command()(serve.serve)
app.command()(worker.worker)
app.command()(migrate.migrate)
app.command()(seed.seed)
app.command()(doctor.doctor)
app.command()(chaos.chaos)
app.command()(backup.restore)
app.add_typer(admin.app, name="admin")
app.add_typer(backup.app, name="backup")
app.add_typer(bench.app, name="bench")
app.add_typer(billing.app, name="billing")
app.add_typer(channels.app, name="channels")
app.add_typer(einvoicing.app, name="einvoicing")
app.add_typer(documents.app, name="documents")
app.add_typer(eval.app, name="eval")
app.add_typer(privacy.app, name="privacy")
app.add_typer(keys.app, name="keys")
app.add_typer(prompts.app, name="prompts")
app.add_typer(storage.app, name="storage")
app.add_typer(voice.app, name="voice")

if __name__ == "__main__":
    app()
