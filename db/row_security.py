"""What every migration ends with: no checkpoint and no job is open to another company (R228).

Their tables are LangGraph's and the queue's, which bring no row-level security. Run at each ``usta migrate``.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

_MINE = "current_setting('app.organization_id', true)"
_CHECKPOINTS = """
do $$ declare found record; begin
  for found in select c.oid::regclass as name from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'langgraph'::regnamespace and c.relkind = 'r' and a.attname = 'thread_id'
        and not c.relrowsecurity loop
    execute format('alter table %s enable row level security', found.name);
    execute format('create policy tenant on %s to usta_app using (split_part(thread_id, '':'', 1) = {mine})', found.name);
    execute format('create policy system on %s to usta_system using (true)', found.name);
  end loop;
  revoke all on langgraph.checkpoint_migrations from usta_app, usta_system;
end $$""".replace("{mine}", _MINE.replace("'", "''"))
_JOBS = """
do $$ declare found record; begin
  revoke all on all tables in schema jobs from usta_app;
  revoke all on all sequences in schema jobs from usta_app;
  for found in select p.oid::regprocedure as name, p.proname as short from pg_proc p
      where p.pronamespace = 'jobs'::regnamespace loop
    execute format('revoke execute on function %s from public, usta_app', found.name);
    if found.short like 'procrastinate\\_defer\\_jobs%' then
      execute format('alter function %s security definer set search_path = jobs, pg_temp', found.name);
      execute format('grant execute on function %s to usta_app', found.name);
    end if;
  end loop;
end $$"""


def confine(connection: Connection[Any]) -> None:
    """Closes what is still open, on a connection of the owner of the tables.

    A company's transaction sees the checkpoints of its own threads (``{organization}:{conversation}``), and may defer jobs
    but not read, change or cancel any: the deferring function runs with its owner's rights.
    """
    connection.execute(_CHECKPOINTS)
    connection.execute(_JOBS)
    connection.execute("revoke all on alembic_version from usta_app")
