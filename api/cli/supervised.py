"""A child of `usta demo` ends when its supervisor is gone, even when that was killed and could not say so."""

from __future__ import annotations

import os
import signal
import sys
import threading

VARIABLE = "USTA_SUPERVISED"
"""Set by the supervisor, which keeps the other end of the child's standard input open as long as it lives."""


def end_with_supervisor() -> None:
    """Starts the watch when this process was started by the supervisor, else does nothing."""
    if os.environ.pop(VARIABLE, None):
        threading.Thread(target=_watch, daemon=True, name="supervisor-watch").start()


def end_cleanly_on_term() -> None:
    """Makes SIGTERM leave by ``SystemExit``, so that what a process started (the embedded PostgreSQL) is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def _watch() -> None:
    # os.read and not sys.stdin: a daemon thread must not hold the lock of a buffered file when the interpreter ends.
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
