"""``usta eval train``: teaches the learned reader with the labelled rows, and measures it on rows it was not taught with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from api.cli.eval_choices import LanguageChoice

if TYPE_CHECKING:
    from evals.training.fitting import Fitted
    from evals.training.left_out import Compared


def train(
    language: Annotated[list[LanguageChoice] | None, typer.Option(help="fr or tr; both when not given.")] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="A file of evals/utterances/train (fr_drafts) to be measured on; then nothing is written."),
    ] = None,
) -> None:
    """Teach the learned reader with all rows, or measure how it reads the authors of files that are left out.

    Takes some five minutes per language. The model is written into agent/understanding/learned/data and has to be
    committed with the rows: a test fails when one changes without the other.
    """
    from evals.training.fitting import model, write
    from evals.training.left_out import compare
    from evals.utterances.loading import crowds

    console = Console()
    for each in language or list(LanguageChoice):
        known = crowds("train", each.value)
        out = [name for name in leave_out or () if name in known]
        if leave_out and not out:
            continue
        with Progress(console=console) as progress:
            fitted = _fit(each.value, out, progress)
            if not out:
                for path in write(each.value, fitted):
                    console.print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
                continue
            rows = [row for name in out for row in known[name]]
            task = progress.add_task(f"{each.value}: reading", total=len(rows))
            found = compare(model(fitted), rows, partial(progress.advance, task))
        console.print(_table(", ".join(out), found))


def _fit(language: Any, without: list[str], progress: Progress) -> Fitted:
    from evals.training.fitting import fit, steps
    from evals.training.rows import fingerprint, row, taught

    said = taught(language, without)
    task = progress.add_task(f"{language}: rows", total=len(said))
    rows = []
    for utterance, with_rules in said:
        rows.append(row(utterance, with_rules=with_rules))
        progress.advance(task)
    task = progress.add_task(f"{language}: learning", total=steps())
    fitted = fit(rows, fingerprint(language), lambda: progress.advance(task))
    progress.update(task, completed=steps())
    return fitted


def _table(title: str, found: list[Compared]) -> Table:
    from evals.utterances.measuring import summarise

    table = Table("", "", "rows", "intent", "exact", "line F1", "client F1", "silent", "doubted", title=title)
    for kind in ("typed", "voice"):
        rows = [each for each in found if each.both.utterance.kind == kind]
        for name, scored in (("rules", [r.rules for r in rows]), ("rules and learned", [r.both for r in rows])):
            s = summarise(scored)
            figures = (f"{s.intent:.1%}", f"{s.exact:.1%}", f"{s.line_f1:.3f}", f"{s.client_f1:.3f}")
            table.add_row(kind, name, str(s.utterances), *figures, str(s.silent), str(s.doubted))
    return table
