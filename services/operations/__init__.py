"""Operations: what the people who run Usta need from it.

Logs with a request's or a job's identity on every line, metrics for Prometheus, the health of a process, and the
checks of ``usta doctor``; and the circuit breaker of what is reached outside.
"""
