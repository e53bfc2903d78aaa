"""Rows whose failure needs another installation or another clock: each names the test that injects it."""

from __future__ import annotations

from evals.failures.row import Row


def _row(name: str, register: str, failure: str, artisan: str, admin: str, retried: str, proof: str) -> Row:
    return Row(name, register, failure, artisan, admin, retried, proof=proof)


_MESSAGING = "tests/integration/messaging"
ROWS = (
    _row("killed", "S3-48", "worker killed around a send", "the answer, once", "the worker misses heartbeats",
         "rescued; the chat is looked at before a second send",
         f"{_MESSAGING}/test_delivery.py::test_killed_worker_neither_loses_nor_doubles"),
    _row("killed_all", "R269", "workers killed and PostgreSQL restarted, again and again", "every answer, once",
         "the supervisor starts them again", "the job of the dead worker", "tests/acceptance/test_chaos.py"),
    _row("media", "S4-150", "a file to send cannot be read", "he is told after three tries",
         "outbox row `failed`, log `message.failed`", "3 times",
         f"{_MESSAGING}/test_delivery.py::test_missing_file_is_tried_three_times_then_told"),
    _row("unreachable", "—", "the provider refuses connections", "the answer, a little later", "the row waits with its error",
         "as for 503: nothing had left", f"{_MESSAGING}/test_delivery.py::test_connection_refused_is_not_a_send"),
    _row("blind", "—", "after a 504 the chat cannot be looked at either", "the answer, once it can",
         "the row stays `sending`", "only after a look; given up after 30 min rather than sent twice",
         f"{_MESSAGING}/test_delivery.py::test_provider_that_cannot_be_looked_into_keeps_the_row_unsent"),
    _row("full_day", "S4-149, C31", "the number has written its daily share", "told once that the rest leaves tomorrow",
         "log `sending.day_is_full`, once", "tomorrow from 8 o'clock",
         f"{_MESSAGING}/test_pacing.py::test_full_day_waits_for_the_morning_and_is_told_once"),
    _row("too_late", "R059", "a message wanted back cannot be taken back", "„Trop tard …“", "log `message.revoked`",
         "15 times while it may pass", "tests/acceptance/test_sending.py::test_too_late_is_said"),
    _row("store", "S3-47", "the object store is down", "his PDF all the same", "log `storage.down`, `/health`",
         "files wait on the machine and move when it is back",
         "tests/integration/storage/test_outage.py::test_nothing_is_lost_while_the_store_is_down"),
    _row("code", "S4-147", "the QR code runs out before it is scanned", "a fresh code on the same page", "session log",
         "a new code when the page asks",
         "tests/acceptance/test_sessions.py::test_a_number_is_connected_dropped_and_connected_again"),
    _row("dropped", "S1-09", "a number drops and comes back, twenty times with traffic", "told once, with a link to scan",
         "session log, state and health of the number", "reconnected with growing pauses",
         "tests/acceptance/test_sessions.py::test_twenty_drops_with_traffic_lose_nothing_and_double_nothing"),
    _row("stopped", "S1-09", "a session that can come back by itself", "nothing", "session log `reconnect_tried`",
         "reconnected with growing pauses", "tests/acceptance/test_sessions.py::test_it_comes_back_by_itself_after_the_backoff"),
    _row("transcription", "C26", "the transcription is down", "„je le garde“, then the answer",
         "log `voice.not_heard`", "the note is kept and heard when it is back",
         "tests/integration/voice/test_listening.py::test_what_nobody_could_hear_is_kept_and_heard_later"),
    _row("login", "S2-05", "a series of failed logins", "nothing", "log `auth.locked`", "locked for a while",
         "tests/integration/identity/test_sign_in.py::test_repeated_failures_lock_in_the_database"),
    _row("order", "S4-160", "messages out of order", "read in the phone's order", "nothing", "nothing",
         "tests/acceptance/test_conversation.py::test_messages_out_of_order_are_read_in_the_phones_order"),
    _row("deleted", "S4-152", "a message deleted at the provider", "not read, if it had not been", "message marked deleted",
         "nothing", f"{_MESSAGING}/test_changes.py::test_deleted_message_is_not_read"),
    _row("stranger", "S4-161", "an unknown contact writes", "nothing", "the chat and its messages in the inbox", "nothing",
         f"{_MESSAGING}/test_authority.py::test_unknown_sender"),
    _row("handler", "S3-48", "the door itself fails", "the answer, once it is mended",
         "raw body kept with outcome `error`", "answered 500, so the provider sends again",
         f"{_MESSAGING}/test_door.py::test_failure_of_ours_keeps_the_body_and_asks_for_a_retry"),
    _row("unreadable", "—", "a webhook that cannot be read", "nothing", "raw body kept, 422 with the field", "nothing",
         f"{_MESSAGING}/test_door.py::test_unreadable_bodies_are_kept_byte_for_byte"),
    _row("concurrent", "S4-163", "two transactions change the same invoice account", "one document", "nothing",
         "the second sees the first",
         "tests/integration/documents/test_kept.py::test_two_transactions_cannot_invoice_the_same_work"),
    _row("silence", "S0-79", "30 minutes of silence", "his draft comes back when he does", "conversation `abandoned`",
         "nothing", "tests/acceptance/test_conversation.py::test_an_abandoned_draft_is_taken_up"),
    _row("invalid", "S0-138", "three inputs that nobody understands", "offered to start again or to speak to a human",
         "`retry_count` of the conversation", "nothing",
         "tests/acceptance/test_questions_and_invoices.py::test_three_steps_of_repair"),
    _row("model", "S0-139, S4-143", "no language model answers", "„je garde votre message“, then the answer",
         "turn with the errors of every provider", "next provider at once; the message when one is back",
         "tests/acceptance/test_outage.py::test_what_was_kept_is_read_when_a_model_is_back"),
    _row("spend", "S4-157", "the day's budget for models is used up", "told once; the grammar goes on alone",
         "log with the amount", "tomorrow",
         "tests/acceptance/test_model_spend.py::test_over_the_limit_the_grammar_reads_alone_and_says_so_once"),
)  # fmt: skip

NOT_HERE = (
    ("Cache down (S4-165)", "there is no cache: PostgreSQL is the only store"),
    ("Token limit (S4-154)", "a prompt carries the draft and one message, never the history"),
    ("API rate limit (S4-116)", "codes of sign-in are limited (429); a limit for the whole API is not there yet"),
    ("Payment failed (S0-101)", "subscriptions are not there yet"),
)
"""Failures of the register without a row, and why."""
