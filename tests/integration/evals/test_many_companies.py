"""The database that benchmarks grow: copies of a company are companies of their own."""

from __future__ import annotations

import psycopg

from db.models import WhatsappAccount
from db.session import Database
from evals.bench.many_companies import INVOICES, MESSAGES, QUOTES, copied_id, copy_company, make_model_company
from evals.bench.statements import durations_of


async def test_copies_hold_what_their_model_holds_and_nothing_of_it(
    database: Database, database_url: str, assistant_account: WhatsappAccount
) -> None:
    model = await make_model_company(database)
    assert list(copy_company(database_url, database.keyring(), model, range(1, 3))) == [1, 2]
    tables = {"quotes": QUOTES, "invoices": INVOICES, "whatsapp_messages": MESSAGES}
    with psycopg.connect(database_url) as connection:
        for table, held in tables.items():
            counts = dict(
                connection.execute(f"select organization_id, count(*) from {table} group by 1").fetchall()  # type: ignore[arg-type]
            )
            assert counts == {model: held, copied_id(model, 1): held, copied_id(model, 2): held}, table
        strangers = connection.execute(
            "select count(*) from quotes q join clients c on c.id = q.client_id where c.organization_id <> q.organization_id"
        ).fetchone()
        assert strangers == (0,)
        unchecked = connection.execute(
            "select count(*) from quote_items i left join quotes q on q.id = i.quote_id where q.id is null"
        ).fetchone()
        assert unchecked == (0,)


def test_parsing_and_planning_belong_to_the_execution_after_them() -> None:
    lines = [
        "pid=7 LOG:  duration: 0.200 ms  parse <unnamed>: select 1",
        "pid=8 LOG:  duration: 5.000 ms  statement: begin",
        "pid=7 LOG:  duration: 0.300 ms  bind <unnamed>: select 1",
        "pid=7 LOG:  duration: 0.500 ms  execute <unnamed>: select 1",
        "pid=7 LOG:  duration: 0.100 ms  execute _pg3_0: select 2",
        "pid=9 LOG:  checkpoint starting: time",
    ]
    assert [round(each, 3) for each in durations_of(iter(lines))] == [5.0, 1.0, 0.1]
