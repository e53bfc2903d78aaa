"""The chat in a terminal: what comes is printed as it comes, above the line that is being typed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from typing import Any

from rich import box
from rich.align import Align
from rich.cells import cell_len
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.demo.markup import spans
from api.demo.panel import Paper, paper
from api.demo.steps import progress
from api.demo.terminal_phone import DemoArtisan, NoServer, Phone, Received, Refused
from prompts.demo import words

_STYLES = {"bold": "bold", "italic": "italic", "strike": "strike", "code": "cyan", "link": "underline blue"}
_WIDEST_BUBBLE = 72
_LISTEN_SECONDS = 2.0


class Terminal:
    """A conversation at the keyboard; when input is a pipe, each line is a message and its answer is waited for."""

    def __init__(self, phone: Phone, artisan: DemoArtisan, console: Console | None = None) -> None:
        self.phone, self.artisan = phone, artisan
        self.console = console or Console(highlight=False)
        self._texts = words(artisan.language)
        self.words: Mapping[str, str] = self._texts["terminal"]
        self._ended = threading.Event()
        self._lost = False

    def run(self) -> None:
        """Talks until /quit or the end of input. Raises ``NoServer`` when the demo does not answer at the start."""
        self.phone.skip_earlier()
        greeting = self.words["hello" if self.artisan.name else "hello_unknown"]
        self.console.print(
            greeting.format(assistant=self.words["assistant"], name=self.artisan.name, phone=self.artisan.phone),
            style="dim",
        )
        typed_by_hand = sys.stdin.isatty()
        listener = threading.Thread(target=self._listen, daemon=True)
        if typed_by_hand:
            listener.start()
        try:
            while (line := self._ask(typed_by_hand)) is not None and self._obey(line, typed_by_hand):
                if self._lost:
                    self.console.print(self.words["lost"], style="yellow")
                    break
        finally:
            self._ended.set()
        self.console.print(self.words["bye"], style="dim")

    def _ask(self, typed_by_hand: bool) -> str | None:
        try:
            line = input(f"{self.words['prompt']} " if typed_by_hand else "")
        except (EOFError, KeyboardInterrupt):
            return None
        if not typed_by_hand and line.strip() and not line.startswith("/"):
            self.console.print(_bubble(Text(line.strip()), mine=True, title=self.words["you"]))
        return line.strip()

    def _obey(self, line: str, typed_by_hand: bool) -> bool:
        """Sends the line, or does what a slash command says. False when the conversation ends."""
        if line == "/quit":
            return False
        if line == "/help":
            self.console.print(self.words["help"])
        elif line == "/panel":
            self.console.print(state_panel(self.phone.state(), self._texts, self.artisan.language))
        elif line.startswith("/"):
            self.console.print(self.words["unknown_command"], style="yellow")
        elif line:
            self._send(line)
            if not typed_by_hand:
                self._wait_for_answer()
        return True

    def _send(self, line: str) -> None:
        try:
            self.phone.send(line)
        except Refused as refused:
            self.console.print(self.words["refused"].format(reason=refused), style="yellow")

    def _wait_for_answer(self) -> None:
        """Prints what comes until nothing of this phone is in work."""
        with self.console.status(self.words["working"]):
            while True:
                came = self.phone.receive(1)
                for message in came:
                    self._print(message)
                if not came and self.phone.state()["idle"]:
                    return

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                came = self.phone.receive(_LISTEN_SECONDS)
            except NoServer:
                self._lost = True
                return
            for message in came:
                if not self._ended.is_set():
                    self._print_above_prompt(message)

    def _print_above_prompt(self, message: Received) -> None:
        import readline

        sys.stdout.write("\r\x1b[K")
        self._print(message)
        sys.stdout.write(f"{self.words['prompt']} {readline.get_line_buffer()}")
        sys.stdout.flush()

    def _print(self, message: Received) -> None:
        if message.saved:
            note = Text(f"📄 {message.saved.name}\n   {self.words['saved']} {message.saved}", style="cyan")
            self.console.print(_bubble(note, mine=False, title=self.words["assistant"]))
        if message.text:
            self.console.print(_bubble(rich_text(message.text), mine=False, title=self.words["assistant"]))


def rich_text(message: str) -> Text:
    """A message with WhatsApp's formatting, for rich."""
    text = Text()
    for span in spans(message):
        text.append(span.text, style=" ".join(_STYLES[style] for style in span.styles))
    return text


def state_panel(state: Mapping[str, Any], texts: Mapping[str, Any], language: str) -> Panel:
    """The step, what is awaited and the document at hand."""
    words_, parts = texts["terminal"], list[Any]()
    steps = progress(state.get("workflow"), state.get("current_step"))
    if steps:
        done = sum(step.state == "done" for step in steps)
        name = str(state.get("current_step"))
        tape = Text.assemble(("━" * 3 * done, "yellow"), ("━" * 3 * (len(steps) - done), "dim"))
        parts += [tape, Text(f"{words_['step']} {texts['steps'].get(name, name)}")]
    if awaiting := state.get("awaiting"):
        parts.append(Text(f"{words_['waiting_for']} {texts['awaiting'].get(awaiting, awaiting)}"))
    if draft := state.get("draft"):
        parts.append(_sheet(paper(draft, language), texts))
    elif not steps:
        parts.append(Text(words_["nothing"], style="dim"))
    for document in state.get("documents") or []:
        issued = paper(document, language)
        status = texts["statuses"].get(issued.status, issued.status)
        parts.append(Text(f"{issued.number}  {issued.client or ''}  {issued.total} €  {status}", style="green"))
    return Panel(Group(*parts), title=words_["panel_title"], border_style="blue", expand=False)


def _sheet(document: Paper, texts: Mapping[str, Any]) -> Table:
    labels = texts["panel"]
    kind = texts["kinds"].get(document.kind, document.kind)
    table = Table(title=f"{kind} – {document.client or labels['no_client']}", title_justify="left", box=box.SIMPLE_HEAD)
    for label in ("designation", "quantity", "unit_price", "vat_rate", "amount"):
        table.add_column(labels[label], justify="left" if label == "designation" else "right")
    for line in document.lines:
        table.add_row(line.description, line.quantity, line.unit_price, line.vat_rate, line.total)
    table.add_section()
    for label in ("discount", "subtotal", "vat", "total"):
        if amount := getattr(document, label):
            table.add_row("", "", "", labels[label], amount, style="bold" if label == "total" else None)
    return table


def _bubble(text: Text, *, mine: bool, title: str) -> Align:
    widest = max(cell_len(line) for line in text.plain.split("\n"))
    panel = Panel(
        text,
        title=title,
        title_align="right" if mine else "left",
        border_style="blue" if mine else "yellow",
        box=box.ROUNDED,
        width=min(_WIDEST_BUBBLE, max(widest, len(title) + 4) + 4),
    )
    return Align(panel, "right" if mine else "left")
