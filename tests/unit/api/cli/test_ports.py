"""The port check says in one sentence what to do."""

from __future__ import annotations

import socket

import pytest

from api.cli.ports import trouble_with_port


def test_a_free_port_is_no_trouble() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert trouble_with_port("127.0.0.1", port) is None


def test_a_taken_port_names_a_free_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        sentence = trouble_with_port("127.0.0.1", other.getsockname()[1])
    assert sentence is not None
    assert "taken by another program" in sentence
    assert "PORT=" in sentence


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port(port: int) -> None:
    assert "is not a port" in str(trouble_with_port("127.0.0.1", port))


def test_a_host_of_another_machine() -> None:
    assert "Check HOST" in str(trouble_with_port("192.0.2.1", 8000))
