"""What legally complete documents need: profile, buyers, kinds, ledger, event chain, payments, e-invoicing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEW_TABLES = ("ledger_entries", "document_events", "einvoice_submissions", "einvoice_statuses", "ereporting_entries")
APPEND_ONLY = ("ledger_entries", "document_events", "einvoice_statuses", "payments")
KEPT = ("invoices", "quotes", "invoice_items", "payments", "ledger_entries", "document_events", "einvoice_statuses")
MINE = "nullif(current_setting('app.organization_id', true), '')::uuid"

OLD_FROZEN = """
create or replace function usta_invoice_is_frozen() returns trigger language plpgsql as $$
begin
  if old.number is null then
    return coalesce(new, old);
  end if;
  if tg_op = 'DELETE' then
    raise exception 'invoice % is issued and cannot be deleted', old.number using errcode = 'check_violation';
  end if;
  if (new.number, new.issue_date, new.due_date, new.type, new.subtotal, new.discount, new.vat_rate, new.vat_amount,
      new.vat_breakdown, new.total, new.snapshot, new.client_id, new.quote_id, new.issued_version,
      new.issue_approval_id, new.organization_id)
     is distinct from
     (old.number, old.issue_date, old.due_date, old.type, old.subtotal, old.discount, old.vat_rate, old.vat_amount,
      old.vat_breakdown, old.total, old.snapshot, old.client_id, old.quote_id, old.issued_version,
      old.issue_approval_id, old.organization_id) or new.status = 'draft' then
    raise exception 'invoice % is issued and cannot be changed', old.number using errcode = 'check_violation';
  end if;
  return new;
end $$;
create or replace function usta_quote_keeps_number() returns trigger language plpgsql as $$
begin
  if old.number is not null and (tg_op = 'DELETE' or new.number is distinct from old.number) then
    raise exception 'quote % keeps its number', old.number using errcode = 'check_violation';
  end if;
  return coalesce(new, old);
end $$;
"""

RULES = """
create or replace function usta_invoice_is_frozen() returns trigger language plpgsql as $$
begin
  if old.number is null then
    return coalesce(new, old);
  end if;
  if tg_op = 'DELETE' then
    if old.issue_date < current_date - interval '10 years' then
      return old;
    end if;
    raise exception 'invoice % is issued and cannot be deleted for ten years', old.number using errcode = 'check_violation';
  end if;
  if (new.number, new.issue_date, new.due_date, new.type, new.subtotal, new.discount, new.vat_rate, new.vat_amount,
      new.vat_breakdown, new.total, new.snapshot, new.client_id, new.quote_id, new.issued_version,
      new.issue_approval_id, new.organization_id, new.amount_due, new.retention, new.corrects_id)
     is distinct from
     (old.number, old.issue_date, old.due_date, old.type, old.subtotal, old.discount, old.vat_rate, old.vat_amount,
      old.vat_breakdown, old.total, old.snapshot, old.client_id, old.quote_id, old.issued_version,
      old.issue_approval_id, old.organization_id, old.amount_due, old.retention, old.corrects_id)
     or new.status = 'draft' or (old.pdf_sha256 is not null and new.pdf_sha256 is distinct from old.pdf_sha256) then
    raise exception 'invoice % is issued and cannot be changed', old.number using errcode = 'check_violation';
  end if;
  return new;
end $$;
create or replace function usta_quote_keeps_number() returns trigger language plpgsql as $$
begin
  if old.number is not null and tg_op = 'DELETE' and old.issue_date < current_date - interval '10 years' then
    return old;
  end if;
  if old.number is not null and (tg_op = 'DELETE' or new.number is distinct from old.number) then
    raise exception 'quote % keeps its number for ten years', old.number using errcode = 'check_violation';
  end if;
  if tg_op = 'UPDATE' and old.number is not null and (old.status = 'accepted' or old.accepted_on is not null)
     and ((new.snapshot, new.total, new.subtotal, new.vat_breakdown, new.version, new.revision, new.issue_date,
           new.client_id, new.amends_id, new.issued_version, new.organization_id)
          is distinct from
          (old.snapshot, old.total, old.subtotal, old.vat_breakdown, old.version, old.revision, old.issue_date,
           old.client_id, old.amends_id, old.issued_version, old.organization_id)
          or (old.accepted_on is not null and new.accepted_on is distinct from old.accepted_on)) then
    raise exception 'quote % is signed and cannot be changed', old.number using errcode = 'check_violation';
  end if;
  return coalesce(new, old);
end $$;

create function usta_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.created_at < now() - interval '10 years' then
    return old;
  end if;
  -- erasing a message takes the link to it away, nothing else
  if tg_op = 'UPDATE' and to_jsonb(new) - 'inbound_message_id' = to_jsonb(old) - 'inbound_message_id'
     and to_jsonb(new) ->> 'inbound_message_id' is null then
    return new;
  end if;
  raise exception '% is only ever added to', tg_table_name using errcode = 'check_violation';
end $$;
create function usta_kept_for_ten_years() returns trigger language plpgsql as $$
begin
  raise exception '% is kept for ten years', tg_table_name using errcode = 'check_violation';
end $$;

create function usta_event_continues_chain() returns trigger language plpgsql as $$
declare last record;
begin
  perform pg_advisory_xact_lock(hashtextextended('events:' || new.organization_id::text, 0));
  select sequence, hash into last from document_events
   where organization_id = new.organization_id order by sequence desc limit 1;
  if new.sequence is distinct from coalesce(last.sequence, 0) + 1
     or new.previous_hash is distinct from coalesce(last.hash, repeat('0', 64))
     or new.hash is distinct from encode(sha256(convert_to(new.previous_hash || new.payload, 'UTF8')), 'hex') then
    raise exception 'event % does not continue the chain', new.sequence using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger document_events_continue_chain before insert on document_events
  for each row execute function usta_event_continues_chain();

create function usta_ledger_balances() returns trigger language plpgsql as $$
declare contracted numeric; invoiced numeric; contracted_ttc numeric; invoiced_ttc numeric; paid_ttc numeric;
begin
  perform pg_advisory_xact_lock(hashtextextended('ledger:' || new.quote_id::text, 0));
  select coalesce(sum(base) filter (where entry = 'contracted'), 0), coalesce(sum(base) filter (where entry = 'invoiced'), 0),
         coalesce(sum(base + vat) filter (where entry = 'contracted'), 0),
         coalesce(sum(base + vat) filter (where entry = 'invoiced'), 0),
         coalesce(sum(base + vat) filter (where entry = 'paid'), 0)
    into contracted, invoiced, contracted_ttc, invoiced_ttc, paid_ttc
    from ledger_entries where organization_id = new.organization_id and quote_id = new.quote_id;
  if invoiced > contracted + 0.05 or invoiced_ttc > contracted_ttc then
    raise exception 'quote %: % invoiced of % contracted', new.quote_id, invoiced, contracted using errcode = 'check_violation';
  end if;
  if invoiced < 0 or paid_ttc < 0 then
    raise exception 'quote %: more was credited or paid back than was invoiced or paid', new.quote_id
      using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_entries_balance after insert on ledger_entries
  deferrable initially deferred for each row execute function usta_ledger_balances();

create function usta_payment_is_of_its_invoice() returns trigger language plpgsql as $$
declare original record;
begin
  if new.reverses_id is not null then
    select invoice_id, amount, organization_id into original from payments where id = new.reverses_id;
    if original.invoice_id is distinct from new.invoice_id or original.amount is distinct from -new.amount
       or original.organization_id is distinct from new.organization_id then
      raise exception 'a reversal takes back one payment of the same invoice, whole' using errcode = 'check_violation';
    end if;
  end if;
  return new;
end $$;
create trigger payments_reverse_whole before insert on payments
  for each row execute function usta_payment_is_of_its_invoice();
"""


def execute(sql: str) -> None:
    """Runs several statements as they are, colons and percent signs included."""
    op.get_bind().connection.cursor().execute(sql)


def upgrade() -> None:
    _columns()
    _tables()
    execute(RULES)
    for table in APPEND_ONLY:
        execute(
            f"create trigger {table}_are_append_only before update or delete on {table} "
            "for each row execute function usta_append_only()"
        )
    for table in KEPT:
        execute(
            f"create trigger {table}_are_kept before truncate on {table} "
            "for each statement execute function usta_kept_for_ten_years()"
        )
    for table in NEW_TABLES:
        execute(f"grant select, insert, update, delete on {table} to usta_app, usta_system")
        execute(f"alter table {table} enable row level security")
        execute(f"create policy tenant on {table} to usta_app using (organization_id = {MINE})")
        execute(f"create policy system on {table} to usta_system using (true)")


def _columns() -> None:
    text = (
        "insurance_activities", "attestation_key", "rge", "einvoicing_address", "waste_collection_point",
        "waste_sorting",
    )  # fmt: skip
    for name in text:
        op.add_column("organizations", sa.Column(name, sa.String(), nullable=True))
    op.add_column("organizations", sa.Column("insurance_from", sa.Date(), nullable=True))
    op.add_column("organizations", sa.Column("vat_on_debits", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("organizations", sa.Column("insurance_status", sa.String(), server_default="unknown", nullable=False))
    op.add_column("organizations", sa.Column("template", sa.String(), server_default="sober", nullable=False))
    op.create_check_constraint(
        op.f("ck_organizations_insurance_status"), "organizations",
        "insurance_status in ('unknown', 'insured', 'not_required')",
    )
    op.create_check_constraint(
        op.f("ck_organizations_template"), "organizations", "template in ('sober', 'modern', 'compact')"
    )
    op.execute("update organizations set insurance_status = 'insured' where insurer_name is not null")
    for name in ("billing_address_line", "billing_postal_code", "billing_city", "einvoicing_address"):
        op.add_column("clients", sa.Column(name, sa.String(), nullable=True))
    op.add_column("clients", sa.Column("siren", sa.String(length=9), nullable=True))
    op.add_column("clients", sa.Column("country", sa.String(length=2), server_default="FR", nullable=False))
    op.add_column("clients", sa.Column("main_contractor", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("clients", sa.Column("small_business", sa.Boolean(), server_default="false", nullable=False))
    op.drop_constraint(op.f("ck_clients_kind"), "clients")
    op.create_check_constraint(
        op.f("ck_clients_kind"), "clients", "kind in ('consumer', 'business', 'public', 'foreign')"
    )
    for table in ("quote_items", "invoice_items"):
        op.add_column(table, sa.Column("vat_basis", sa.String(), nullable=True))
        op.add_column(table, sa.Column("section", sa.String(), nullable=True))
        op.add_column(table, sa.Column("discount", sa.Numeric(12, 2), nullable=True))
    op.add_column("quotes", sa.Column("accepted_on", sa.Date(), nullable=True))
    op.add_column("quotes", sa.Column("amends_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_quotes_amends_id"), "quotes", "quotes", ["amends_id"], ["id"], ondelete="RESTRICT")
    op.create_index("ix_quotes_amends_id", "quotes", ["amends_id"])
    op.add_column("invoices", sa.Column("corrects_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_invoices_corrects_id"), "invoices", "invoices", ["corrects_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_index("ix_invoices_corrects_id", "invoices", ["corrects_id"])
    for name in ("amount_due", "retention", "credited_amount"):
        op.add_column("invoices", sa.Column(name, sa.Numeric(12, 2), server_default="0", nullable=False))
    op.add_column("invoices", sa.Column("retention_released_on", sa.Date(), nullable=True))
    op.execute("alter table invoices disable trigger invoices_are_frozen")
    op.execute("update invoices set amount_due = total")
    op.execute("alter table invoices enable trigger invoices_are_frozen")
    op.drop_constraint(op.f("ck_invoices_type"), "invoices")
    op.create_check_constraint(
        op.f("ck_invoices_type"), "invoices",
        "type in ('invoice', 'deposit', 'progress', 'balance', 'credit_note', 'corrective')",
    )
    op.create_check_constraint(
        op.f("ck_invoices_credit_reference"), "invoices",
        "type <> 'credit_note' or corrects_id is not null or number is null",
    )
    op.create_check_constraint(
        op.f("ck_invoices_settled_within_due"), "invoices",
        "number is null or (paid_amount between 0 and amount_due and credited_amount between 0 and amount_due)",
    )
    op.add_column("payments", sa.Column("method", sa.String(), server_default="other", nullable=False))
    op.add_column("payments", sa.Column("reference", sa.String(), nullable=True))
    op.add_column("payments", sa.Column("reverses_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_payments_reverses_id"), "payments", "payments", ["reverses_id"], ["id"], ondelete="RESTRICT"
    )
    op.create_unique_constraint(op.f("uq_payments_reverses_id"), "payments", ["reverses_id"])
    op.drop_constraint(op.f("ck_payments_amount"), "payments")
    op.create_check_constraint(
        op.f("ck_payments_amount"), "payments",
        "amount > 0 and reverses_id is null or amount < 0 and reverses_id is not null",
    )
    op.create_check_constraint(
        op.f("ck_payments_method"), "payments",
        "method in ('transfer', 'cash', 'card', 'cheque', 'direct_debit', 'other')",
    )


def _owned() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), primary_key=True, nullable=False),
        sa.Column("organization_id", sa.Uuid(), sa.ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
    ]


def _created(default: str) -> sa.Column:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text(default), nullable=False)


def _amounts() -> list[sa.Column]:
    return [
        sa.Column("vat_rate", sa.Numeric(5, 2), nullable=False),
        sa.Column("base", sa.Numeric(12, 2), nullable=False),
        sa.Column("vat", sa.Numeric(12, 2), nullable=False),
    ]


def _tables() -> None:
    op.create_table(
        "ledger_entries",
        *_owned(),
        sa.Column("quote_id", sa.Uuid(), sa.ForeignKey("quotes.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("document_kind", sa.String(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), sa.ForeignKey("payments.id", ondelete="RESTRICT"), nullable=True),
        sa.Column("vat_category", sa.String(), nullable=False),
        *_amounts(),
        _created("clock_timestamp()"),
        sa.CheckConstraint(
            "entry in ('contracted', 'invoiced', 'paid')", name=op.f("ck_ledger_entries_entry")
        ),
    )
    op.create_index("ix_ledger_entries_organization_id_quote_id", "ledger_entries", ["organization_id", "quote_id"])
    op.create_index("ix_ledger_entries_document_id", "ledger_entries", ["document_id"])
    op.create_table(
        "document_events",
        sa.Column("organization_id", sa.Uuid(), sa.ForeignKey("organizations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("document_kind", sa.String(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("previous_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        _created("clock_timestamp()"),
        sa.PrimaryKeyConstraint("organization_id", "sequence", name=op.f("pk_document_events")),
        sa.CheckConstraint(
            "event in ('quote_issued', 'invoice_issued', 'pdf_stored', 'payment_recorded', 'payment_reversed', "
            "'retention_released')",
            name=op.f("ck_document_events_event"),
        ),
    )
    op.create_index("ix_document_events_document_id", "document_events", ["document_id"])
    op.create_table(
        "einvoice_submissions",
        *_owned(),
        sa.Column("invoice_id", sa.Uuid(), sa.ForeignKey("invoices.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("flow_id", sa.String(), nullable=True),
        sa.Column("tracking_id", sa.String(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        _created("now()"),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("format in ('factur-x', 'ubl', 'cii')", name=op.f("ck_einvoice_submissions_format")),
        sa.UniqueConstraint(
            "organization_id", "tracking_id", name=op.f("uq_einvoice_submissions_organization_id_tracking_id")
        ),
    )
    op.create_index("ix_einvoice_submissions_invoice_id", "einvoice_submissions", ["invoice_id"])
    op.create_index("ix_einvoice_submissions_flow_id", "einvoice_submissions", ["flow_id"])
    op.create_table(
        "einvoice_statuses",
        *_owned(),
        sa.Column("invoice_id", sa.Uuid(), sa.ForeignKey("invoices.id", ondelete="RESTRICT"), nullable=False),
        sa.Column(
            "submission_id", sa.Uuid(), sa.ForeignKey("einvoice_submissions.id", ondelete="RESTRICT"), nullable=True
        ),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("reason_code", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("provider_status_id", sa.String(), nullable=True),
        _created("clock_timestamp()"),
        sa.CheckConstraint("direction in ('in', 'out')", name=op.f("ck_einvoice_statuses_direction")),
        sa.UniqueConstraint(
            "organization_id", "provider_status_id", name=op.f("uq_einvoice_statuses_organization_id_provider_status_id")
        ),
    )
    op.create_index("ix_einvoice_statuses_invoice_id_occurred_at", "einvoice_statuses", ["invoice_id", "occurred_at"])
    op.create_table(
        "ereporting_entries",
        *_owned(),
        sa.Column("flow", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), sa.ForeignKey("payments.id", ondelete="RESTRICT"), nullable=True),
        sa.Column("category", sa.String(), nullable=False),
        *_amounts(),
        sa.Column("transmitted_at", sa.DateTime(timezone=True), nullable=True),
        _created("now()"),
        sa.CheckConstraint("flow in ('transactions', 'payments')", name=op.f("ck_ereporting_entries_flow")),
    )
    op.create_index("ix_ereporting_entries_organization_id_day", "ereporting_entries", ["organization_id", "day"])
    op.create_index("ix_ereporting_entries_document_id", "ereporting_entries", ["document_id"])


def downgrade() -> None:
    for table in KEPT:
        execute(f"drop trigger {table}_are_kept on {table}")
    execute("drop trigger payments_are_append_only on payments")
    execute("drop trigger payments_reverse_whole on payments")
    for table in ("ereporting_entries", "einvoice_statuses", "einvoice_submissions", "document_events", "ledger_entries"):
        op.drop_table(table)
    for function in (
        "usta_append_only", "usta_kept_for_ten_years", "usta_event_continues_chain", "usta_ledger_balances",
        "usta_payment_is_of_its_invoice",
    ):  # fmt: skip
        execute(f"drop function {function}()")
    execute(OLD_FROZEN)
    op.drop_constraint(op.f("ck_payments_amount"), "payments")
    op.drop_constraint(op.f("ck_payments_method"), "payments")
    execute("delete from payments where amount <= 0")
    op.create_check_constraint(op.f("ck_payments_amount"), "payments", "amount > 0")
    for name in ("reverses_id", "reference", "method"):
        op.drop_column("payments", name)
    for name in ("ck_invoices_credit_reference", "ck_invoices_settled_within_due", "ck_invoices_type"):
        op.drop_constraint(op.f(name), "invoices")
    execute("alter table invoices disable trigger invoices_are_frozen")
    execute("update invoices set type = 'invoice' where type in ('progress', 'balance', 'corrective')")
    execute("alter table invoices enable trigger invoices_are_frozen")
    op.create_check_constraint(
        op.f("ck_invoices_type"), "invoices", "type in ('invoice', 'deposit', 'credit_note')"
    )
    for name in ("corrects_id", "amount_due", "retention", "credited_amount", "retention_released_on"):
        op.drop_column("invoices", name)
    for name in ("amends_id", "accepted_on"):
        op.drop_column("quotes", name)
    for table in ("quote_items", "invoice_items"):
        for name in ("vat_basis", "section", "discount"):
            op.drop_column(table, name)
    op.drop_constraint(op.f("ck_clients_kind"), "clients")
    execute("update clients set kind = 'business' where kind = 'foreign'")
    op.create_check_constraint(op.f("ck_clients_kind"), "clients", "kind in ('consumer', 'business', 'public')")
    for name in (
        "billing_address_line", "billing_postal_code", "billing_city", "einvoicing_address", "siren", "country",
        "main_contractor", "small_business",
    ):  # fmt: skip
        op.drop_column("clients", name)
    for name in ("ck_organizations_insurance_status", "ck_organizations_template"):
        op.drop_constraint(op.f(name), "organizations")
    for name in (
        "insurance_activities", "attestation_key", "rge", "einvoicing_address", "waste_collection_point",
        "waste_sorting", "insurance_from", "vat_on_debits", "insurance_status", "template",
    ):  # fmt: skip
        op.drop_column("organizations", name)
