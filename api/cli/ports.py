"""Is a TCP port free, and if not, who has it."""

from __future__ import annotations

import errno
import socket


def trouble_with_port(host: str, port: int) -> str | None:
    """None when a server can listen there, else one sentence that says what to do."""
    if not 0 < port < 65536:
        return f"PORT={port} is not a port: choose a number from 1024 to 65535."
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return _sentence(host, port, error)
    return None


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another one, for example PORT={_free_port(host)}."
    if error.errno == errno.EACCES:
        return f"Port {port} needs administrator rights. Choose one above 1023, for example PORT={_free_port(host)}."
    return f"Cannot listen on {host}:{port} ({error.strerror}). Check HOST and PORT."


def _free_port(host: str) -> int:
    for port in (9000, 8001, 8080, 8888):
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
                return port
            except OSError:
                continue
    return 0
