from services.operations.breaker import Breaker, BreakerPolicy


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def breaker() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker(BreakerPolicy(failures_to_open=2, open_seconds=10, longest_open_seconds=30), clock), clock


def test_opens_after_failures_in_a_row_only() -> None:
    circuit, _ = breaker()
    circuit.failed()
    circuit.succeeded()
    circuit.failed()
    assert circuit.state == "closed"
    circuit.failed()
    assert circuit.state == "open"
    assert not circuit.allows()


def test_half_open_lets_one_probe_through() -> None:
    circuit, clock = breaker()
    circuit.failed()
    circuit.failed()
    clock.now += 10
    assert circuit.state == "half_open"
    assert circuit.allows()
    assert not circuit.allows()
    circuit.succeeded()
    assert circuit.state == "closed"
    assert circuit.allows()


def test_failed_probe_doubles_the_pause_up_to_the_longest() -> None:
    circuit, clock = breaker()
    circuit.failed()
    circuit.failed()
    for pause in (20, 30, 30):
        clock.now += 30
        assert circuit.allows()
        circuit.failed()
        clock.now += pause - 0.1
        assert not circuit.allows()
        clock.now += 0.1


def test_probe_that_never_reports_does_not_block_for_ever() -> None:
    circuit, clock = breaker()
    circuit.failed()
    circuit.failed()
    clock.now += 10
    assert circuit.allows()
    clock.now += 10
    assert circuit.allows()


def test_retry_after_opens_at_once_for_that_long() -> None:
    circuit, clock = breaker()
    circuit.failed(retry_after=4)
    assert not circuit.allows()
    clock.now += 4
    assert circuit.allows()


def test_absurd_retry_after_is_capped() -> None:
    circuit, clock = breaker()
    circuit.failed(retry_after=86400)
    clock.now += 30
    assert circuit.allows()
