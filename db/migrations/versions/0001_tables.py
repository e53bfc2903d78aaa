"""Tables of the tenants, messaging, conversations and documents, with their indexes (R274, R275)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

CYCLIC = (
    ("conversations", "invoice_id", "invoices"),
    ("conversations", "quote_id", "quotes"),
    ("whatsapp_messages", "outbox_id", "outbox"),
)
"""Foreign keys that close a cycle between tables and so come after all of them."""


def upgrade() -> None:
    op.create_table('organizations',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('plan', sa.String(), server_default='FREE', nullable=False),
    sa.Column('status', sa.String(), server_default='pending', nullable=False),
    sa.Column('legal_form', sa.String(), nullable=True),
    sa.Column('capital', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('rcs_city', sa.String(), nullable=True),
    sa.Column('siret', sa.String(length=14), nullable=True),
    sa.Column('vat_number', sa.String(), nullable=True),
    sa.Column('address_line', sa.String(), nullable=True),
    sa.Column('postal_code', sa.String(), nullable=True),
    sa.Column('city', sa.String(), nullable=True),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('vat_regime', sa.String(), server_default='standard', nullable=False),
    sa.Column('default_vat_rate', sa.Numeric(precision=5, scale=2), server_default='20', nullable=False),
    sa.Column('default_price_mode', sa.String(), server_default='ht', nullable=False),
    sa.Column('quote_validity_days', sa.Integer(), server_default='30', nullable=False),
    sa.Column('payment_terms_days', sa.Integer(), server_default='30', nullable=False),
    sa.Column('insurer_name', sa.String(), nullable=True),
    sa.Column('insurer_address', sa.String(), nullable=True),
    sa.Column('insurance_policy', sa.String(), nullable=True),
    sa.Column('insurance_area', sa.String(), nullable=True),
    sa.Column('insurance_until', sa.Date(), nullable=True),
    sa.Column('mediator_name', sa.String(), nullable=True),
    sa.Column('mediator_contact', sa.String(), nullable=True),
    sa.Column('iban', sa.String(), nullable=True),
    sa.Column('bic', sa.String(), nullable=True),
    sa.Column('logo_key', sa.String(), nullable=True),
    sa.Column('color', sa.String(), nullable=True),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('stripe_customer_id', sa.String(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("default_price_mode in ('ht', 'ttc')", name=op.f('ck_organizations_default_price_mode')),
    sa.CheckConstraint("status in ('pending', 'active', 'suspended', 'erased')", name=op.f('ck_organizations_status')),
    sa.CheckConstraint("vat_regime in ('standard', 'franchise')", name=op.f('ck_organizations_vat_regime')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organizations')),
    sa.UniqueConstraint('siret', name=op.f('uq_organizations_siret')),
    sa.UniqueConstraint('slug', name=op.f('uq_organizations_slug'))
    )
    op.create_index(op.f('ix_organizations_stripe_customer_id'), 'organizations', ['stripe_customer_id'], unique=False)
    op.create_table('document_counters',
    sa.Column('series', sa.String(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('last_number', sa.Integer(), server_default='0', nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_document_counters_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('organization_id', 'series', 'year', name=op.f('pk_document_counters'))
    )
    op.create_table('users',
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('first_name', sa.String(), nullable=True),
    sa.Column('last_name', sa.String(), nullable=True),
    sa.Column('role', sa.String(), server_default='AGENT', nullable=False),
    sa.Column('whatsapp_phone', sa.String(), nullable=True),
    sa.Column('phone_verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('preferred_language', sa.String(), server_default='fr', nullable=False),
    sa.Column('address_form', sa.String(), nullable=True),
    sa.Column('is_active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('is_email_verified', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("preferred_language in ('fr', 'tr')", name=op.f('ck_users_preferred_language')),
    sa.CheckConstraint("role in ('OWNER', 'ADMIN', 'MANAGER', 'AGENT', 'VIEWER')", name=op.f('ck_users_role')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_users_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email', name=op.f('uq_users_email')),
    sa.UniqueConstraint('whatsapp_phone', name=op.f('uq_users_whatsapp_phone'))
    )
    op.create_index('ix_users_organization_id', 'users', ['organization_id'], unique=False)
    op.create_table('clients',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('name_key', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=True),
    sa.Column('kind', sa.String(), server_default='consumer', nullable=False),
    sa.Column('address_line', sa.String(), nullable=True),
    sa.Column('postal_code', sa.String(), nullable=True),
    sa.Column('city', sa.String(), nullable=True),
    sa.Column('siret', sa.String(length=14), nullable=True),
    sa.Column('vat_number', sa.String(), nullable=True),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('created_via', sa.String(), server_default='whatsapp', nullable=False),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("created_via in ('whatsapp', 'web', 'admin')", name=op.f('ck_clients_created_via')),
    sa.CheckConstraint("kind in ('consumer', 'business', 'public')", name=op.f('ck_clients_kind')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_clients_created_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_clients_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clients'))
    )
    op.create_index('ix_clients_organization_id_name_key', 'clients', ['organization_id', 'name_key'], unique=False)
    op.create_index('ix_clients_organization_id_phone', 'clients', ['organization_id', 'phone'], unique=False)
    op.create_index('ix_clients_organization_id_siret', 'clients', ['organization_id', 'siret'], unique=False)
    op.create_table('system_logs',
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('type', sa.String(), nullable=False),
    sa.Column('event', sa.String(), nullable=False),
    sa.Column('description', sa.String(), nullable=True),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('ip_address', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("type in ('info', 'warning', 'error', 'audit')", name=op.f('ck_system_logs_type')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_system_logs_organization_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_system_logs_user_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_system_logs'))
    )
    op.create_index('ix_system_logs_event', 'system_logs', ['event'], unique=False)
    op.create_index('ix_system_logs_organization_id_created_at', 'system_logs', ['organization_id', 'created_at'], unique=False)
    op.create_table('whatsapp_accounts',
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('provider_account_id', sa.String(), nullable=False),
    sa.Column('phone', sa.String(), nullable=True),
    sa.Column('status', sa.String(), server_default='disconnected', nullable=False),
    sa.Column('connection_params', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('connected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disconnected_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_activity_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('message_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('error_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind = 'assistant' or organization_id is not null", name=op.f('ck_whatsapp_accounts_artisan_is_owned')),
    sa.CheckConstraint("kind in ('assistant', 'artisan')", name=op.f('ck_whatsapp_accounts_kind')),
    sa.CheckConstraint("status in ('disconnected', 'connecting', 'qr_ready', 'authenticating', 'connected', 'failed', 'banned')", name=op.f('ck_whatsapp_accounts_status')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_whatsapp_accounts_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_whatsapp_accounts_user_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_whatsapp_accounts')),
    sa.UniqueConstraint('provider_account_id', name=op.f('uq_whatsapp_accounts_provider_account_id'))
    )
    op.create_index('ix_whatsapp_accounts_organization_id_status', 'whatsapp_accounts', ['organization_id', 'status'], unique=False)
    op.create_index(op.f('ix_whatsapp_accounts_phone'), 'whatsapp_accounts', ['phone'], unique=False)
    op.create_table('whatsapp_chats',
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=True),
    sa.Column('provider_chat_id', sa.String(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('type', sa.Integer(), server_default='0', nullable=False),
    sa.Column('name', sa.String(), nullable=True),
    sa.Column('attendee_provider_id', sa.String(), nullable=True),
    sa.Column('attendee_phone', sa.String(), nullable=True),
    sa.Column('last_message_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unread_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('archived', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('muted_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('inbox_status', sa.String(), server_default='open', nullable=False),
    sa.Column('bot_paused', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("purpose <> 'command' or (user_id is not null and organization_id is not null)", name=op.f('ck_whatsapp_chats_command')),
    sa.CheckConstraint("purpose in ('command', 'customer', 'group', 'unknown')", name=op.f('ck_whatsapp_chats_purpose')),
    sa.ForeignKeyConstraint(['account_id'], ['whatsapp_accounts.id'], name=op.f('fk_whatsapp_chats_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('fk_whatsapp_chats_client_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_whatsapp_chats_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_whatsapp_chats_user_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_whatsapp_chats')),
    sa.UniqueConstraint('account_id', 'provider_chat_id', name=op.f('uq_whatsapp_chats_account_id_provider_chat_id'))
    )
    op.create_index('ix_whatsapp_chats_attendee_phone', 'whatsapp_chats', ['attendee_phone'], unique=False)
    op.create_index('ix_whatsapp_chats_organization_id_last_message_at', 'whatsapp_chats', ['organization_id', 'last_message_at'], unique=False)
    op.create_table('conversations',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('chat_id', sa.Uuid(), nullable=False),
    sa.Column('workflow', sa.String(), nullable=False),
    sa.Column('status', sa.String(), server_default='active', nullable=False),
    sa.Column('current_step', sa.String(), server_default='initiated', nullable=False),
    sa.Column('awaiting', sa.String(), nullable=True),
    sa.Column('language', sa.String(), server_default='fr', nullable=False),
    sa.Column('context_data', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('document_kind', sa.String(), nullable=True),
    sa.Column('quote_id', sa.Uuid(), nullable=True),
    sa.Column('invoice_id', sa.Uuid(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=True),
    sa.Column('retry_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('last_interaction_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("status in ('active', 'completed', 'abandoned', 'error', 'handed_over')", name=op.f('ck_conversations_status')),
    sa.CheckConstraint("workflow in ('quote', 'invoice', 'client', 'ask')", name=op.f('ck_conversations_workflow')),
    sa.ForeignKeyConstraint(['chat_id'], ['whatsapp_chats.id'], name=op.f('fk_conversations_chat_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('fk_conversations_client_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_conversations_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_conversations_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conversations'))
    )
    op.create_index('ix_conversations_chat_id_status', 'conversations', ['chat_id', 'status'], unique=False)
    op.create_index('ix_conversations_last_interaction_at', 'conversations', ['status', 'last_interaction_at'], unique=False)
    op.create_index('ix_conversations_organization_id_started_at', 'conversations', ['organization_id', 'started_at'], unique=False)
    op.create_index('uq_conversations_active', 'conversations', ['chat_id'], unique=True, postgresql_where=sa.text("status = 'active'"))
    op.create_table('model_usage',
    sa.Column('conversation_id', sa.Uuid(), nullable=True),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('provider', sa.String(), nullable=False),
    sa.Column('model', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('input_tokens', sa.Integer(), server_default='0', nullable=False),
    sa.Column('cached_tokens', sa.Integer(), server_default='0', nullable=False),
    sa.Column('output_tokens', sa.Integer(), server_default='0', nullable=False),
    sa.Column('cost_eur', sa.Numeric(precision=12, scale=6), nullable=True),
    sa.Column('milliseconds', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_model_usage_conversation_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_model_usage_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_model_usage'))
    )
    op.create_index('ix_model_usage_organization_id_created_at', 'model_usage', ['organization_id', 'created_at'], unique=False)
    op.create_table('turns',
    sa.Column('conversation_id', sa.Uuid(), nullable=False),
    sa.Column('chat_id', sa.Uuid(), nullable=False),
    sa.Column('message_ids', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('understander', sa.String(), nullable=False),
    sa.Column('reading', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('tool_calls', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('awaiting_before', sa.String(), nullable=True),
    sa.Column('awaiting_after', sa.String(), nullable=True),
    sa.Column('ungrounded_numbers', sa.Integer(), server_default='0', nullable=False),
    sa.Column('understand_ms', sa.Integer(), server_default='0', nullable=False),
    sa.Column('total_ms', sa.Integer(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['chat_id'], ['whatsapp_chats.id'], name=op.f('fk_turns_chat_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_turns_conversation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_turns_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_turns'))
    )
    op.create_index('ix_turns_chat_id_created_at', 'turns', ['chat_id', 'created_at'], unique=False)
    op.create_index('ix_turns_conversation_id', 'turns', ['conversation_id'], unique=False)
    op.create_table('whatsapp_messages',
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('chat_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('conversation_id', sa.Uuid(), nullable=True),
    sa.Column('outbox_id', sa.Uuid(), nullable=True),
    sa.Column('provider_message_id', sa.String(), nullable=False),
    sa.Column('provider_wire_id', sa.String(), nullable=True),
    sa.Column('direction', sa.String(), nullable=False),
    sa.Column('type', sa.String(), server_default='text', nullable=False),
    sa.Column('text', sa.String(), nullable=True),
    sa.Column('transcription', sa.String(), nullable=True),
    sa.Column('transcription_language', sa.String(), nullable=True),
    sa.Column('attachments', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('quoted', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('is_forwarded', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('is_from_bot', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('sender_id', sa.String(), nullable=True),
    sa.Column('sender_name', sa.String(), nullable=True),
    sa.Column('sender_phone', sa.String(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('processing_status', sa.String(), server_default='received', nullable=False),
    sa.Column('processed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error_message', sa.String(), nullable=True),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("direction in ('inbound', 'outbound')", name=op.f('ck_whatsapp_messages_direction')),
    sa.CheckConstraint("processing_status in ('received', 'queued', 'processed', 'ignored', 'error')", name=op.f('ck_whatsapp_messages_processing_status')),
    sa.ForeignKeyConstraint(['account_id'], ['whatsapp_accounts.id'], name=op.f('fk_whatsapp_messages_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['chat_id'], ['whatsapp_chats.id'], name=op.f('fk_whatsapp_messages_chat_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_whatsapp_messages_conversation_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_whatsapp_messages_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_whatsapp_messages_user_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_whatsapp_messages')),
    sa.UniqueConstraint('account_id', 'provider_message_id', name=op.f('uq_whatsapp_messages_account_id_provider_message_id'))
    )
    op.create_index('ix_whatsapp_messages_chat_id_sent_at', 'whatsapp_messages', ['chat_id', sa.literal_column('sent_at desc')], unique=False)
    op.create_index('ix_whatsapp_messages_conversation_id', 'whatsapp_messages', ['conversation_id'], unique=False)
    op.create_index('ix_whatsapp_messages_organization_id_sent_at', 'whatsapp_messages', ['organization_id', 'sent_at'], unique=False)
    op.create_index('ix_whatsapp_messages_waiting', 'whatsapp_messages', ['chat_id', 'sent_at'], unique=False, postgresql_where=sa.text("processing_status = 'queued'"))
    op.create_table('document_versions',
    sa.Column('document_kind', sa.String(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('payload_hash', sa.String(), nullable=False),
    sa.Column('snapshot', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('inbound_message_id', sa.Uuid(), nullable=True),
    sa.Column('recap_shown_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['inbound_message_id'], ['whatsapp_messages.id'], name=op.f('fk_document_versions_inbound_message_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_document_versions_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document_versions')),
    sa.UniqueConstraint('document_id', 'version', name=op.f('uq_document_versions_document_id_version')),
    sa.UniqueConstraint('organization_id', 'document_id', 'version', 'payload_hash', name=op.f('uq_document_versions_organization_id_document_id_version_payload_hash'))
    )
    op.create_table('webhook_events',
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('headers', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('event', sa.String(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=False),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('message_id', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['whatsapp_messages.id'], name=op.f('fk_webhook_events_message_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_events'))
    )
    op.create_index('ix_webhook_events_received_at', 'webhook_events', ['received_at'], unique=False)
    op.create_table('approvals',
    sa.Column('document_kind', sa.String(), nullable=False),
    sa.Column('document_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('payload_hash', sa.String(), nullable=False),
    sa.Column('inbound_message_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("kind in ('issue', 'send')", name=op.f('ck_approvals_kind')),
    sa.ForeignKeyConstraint(['inbound_message_id'], ['whatsapp_messages.id'], name=op.f('fk_approvals_inbound_message_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organization_id', 'document_id', 'version', 'payload_hash'], ['document_versions.organization_id', 'document_versions.document_id', 'document_versions.version', 'document_versions.payload_hash'], name='fk_approvals_document_version'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_approvals_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approvals')),
    sa.UniqueConstraint('id', 'organization_id', 'document_id', 'version', 'kind', name=op.f('uq_approvals_id_organization_id_document_id_version_kind'))
    )
    op.create_index('ix_approvals_inbound_message_id', 'approvals', ['inbound_message_id'], unique=False)
    op.create_index('uq_approvals_issue', 'approvals', ['document_id', 'version'], unique=True, postgresql_where=sa.text("kind = 'issue'"))
    op.create_table('outbox',
    sa.Column('seq', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=True),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('chat_id', sa.Uuid(), nullable=True),
    sa.Column('conversation_id', sa.Uuid(), nullable=True),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), server_default='whatsapp', nullable=False),
    sa.Column('to_phone', sa.String(), nullable=True),
    sa.Column('to_email', sa.String(), nullable=True),
    sa.Column('kind', sa.String(), server_default='text', nullable=False),
    sa.Column('body', sa.String(), nullable=True),
    sa.Column('attachment_key', sa.String(), nullable=True),
    sa.Column('filename', sa.String(), nullable=True),
    sa.Column('media_type', sa.String(), nullable=True),
    sa.Column('document_kind', sa.String(), nullable=True),
    sa.Column('document_id', sa.Uuid(), nullable=True),
    sa.Column('document_version', sa.Integer(), nullable=True),
    sa.Column('approval_id', sa.Uuid(), nullable=True),
    sa.Column('approval_kind', sa.String(), nullable=True),
    sa.Column('status', sa.String(), server_default='queued', nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('provider_message_id', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('sending_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("channel = 'whatsapp' or channel = 'email' and to_email is not null", name=op.f('ck_outbox_channel')),
    sa.CheckConstraint("kind in ('text', 'document', 'audio')", name=op.f('ck_outbox_kind')),
    sa.CheckConstraint("recipient <> 'client' or (approval_id is not null and approval_kind is not null and approval_kind = 'send' and document_id is not null and document_version is not null and organization_id is not null)", name=op.f('ck_outbox_client_needs_approval')),
    sa.CheckConstraint("recipient in ('artisan', 'client')", name=op.f('ck_outbox_recipient')),
    sa.CheckConstraint("status in ('queued', 'sending', 'sent', 'delivered', 'read', 'failed', 'cancelled')", name=op.f('ck_outbox_status')),
    sa.ForeignKeyConstraint(['account_id'], ['whatsapp_accounts.id'], name=op.f('fk_outbox_account_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['approval_id', 'organization_id', 'document_id', 'document_version', 'approval_kind'], ['approvals.id', 'approvals.organization_id', 'approvals.document_id', 'approvals.version', 'approvals.kind'], name='fk_outbox_approval'),
    sa.ForeignKeyConstraint(['chat_id'], ['whatsapp_chats.id'], name=op.f('fk_outbox_chat_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_outbox_conversation_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_outbox_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('seq', name=op.f('uq_outbox_seq'))
    )
    op.create_index('ix_outbox_chat_id_seq', 'outbox', ['chat_id', 'seq'], unique=False)
    op.create_index('ix_outbox_organization_id_created_at', 'outbox', ['organization_id', 'created_at'], unique=False)
    op.create_index('ix_outbox_waiting', 'outbox', ['status', 'not_before'], unique=False, postgresql_where=sa.text("status in ('queued', 'sending')"))
    op.create_table('quotes',
    sa.Column('validity_date', sa.Date(), nullable=True),
    sa.Column('number', sa.String(), nullable=True),
    sa.Column('status', sa.String(), server_default='draft', nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('revision', sa.Integer(), server_default='1', nullable=False),
    sa.Column('issue_date', sa.Date(), nullable=True),
    sa.Column('price_mode', sa.String(), server_default='ht', nullable=False),
    sa.Column('subtotal', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('discount', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('vat_rate', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('vat_amount', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('total', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('vat_breakdown', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('terms', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('snapshot', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('issued_version', sa.Integer(), nullable=True),
    sa.Column('issue_approval_id', sa.Uuid(), nullable=True),
    sa.Column('issue_approval_kind', sa.String(), nullable=True),
    sa.Column('pdf_key', sa.String(), nullable=True),
    sa.Column('pdf_sha256', sa.String(), nullable=True),
    sa.Column('pdf_status', sa.String(), server_default='none', nullable=False),
    sa.Column('previewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_via_whatsapp_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_to', sa.String(), nullable=True),
    sa.Column('sent_channel', sa.String(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=True),
    sa.Column('conversation_id', sa.Uuid(), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("pdf_status in ('none', 'pending', 'ready', 'failed')", name=op.f('ck_quotes_pdf_status')),
    sa.CheckConstraint("status = 'draft' or status = 'cancelled' and number is null or (number is not null and issue_date is not null and issue_approval_id is not null and issue_approval_kind is not null and issue_approval_kind = 'issue' and issued_version is not null)", name=op.f('ck_quotes_issue_needs_approval')),
    sa.CheckConstraint("status in ('draft', 'issued', 'sent', 'accepted', 'rejected', 'expired', 'superseded', 'cancelled')", name=op.f('ck_quotes_status')),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('fk_quotes_client_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_quotes_conversation_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_quotes_created_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['issue_approval_id', 'organization_id', 'id', 'issued_version', 'issue_approval_kind'], ['approvals.id', 'approvals.organization_id', 'approvals.document_id', 'approvals.version', 'approvals.kind'], name='fk_quotes_issue_approval'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_quotes_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotes')),
    sa.UniqueConstraint('organization_id', 'number', name=op.f('uq_quotes_organization_id_number'))
    )
    op.create_index('ix_quotes_client_id', 'quotes', ['client_id'], unique=False)
    op.create_index('ix_quotes_conversation_id', 'quotes', ['conversation_id'], unique=False)
    op.create_index('ix_quotes_organization_id_issue_date', 'quotes', ['organization_id', sa.literal_column('issue_date desc')], unique=False)
    op.create_index('ix_quotes_organization_id_status', 'quotes', ['organization_id', 'status'], unique=False)
    op.create_table('invoices',
    sa.Column('type', sa.String(), server_default='invoice', nullable=False),
    sa.Column('quote_id', sa.Uuid(), nullable=True),
    sa.Column('due_date', sa.Date(), nullable=True),
    sa.Column('paid_amount', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('number', sa.String(), nullable=True),
    sa.Column('status', sa.String(), server_default='draft', nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('revision', sa.Integer(), server_default='1', nullable=False),
    sa.Column('issue_date', sa.Date(), nullable=True),
    sa.Column('price_mode', sa.String(), server_default='ht', nullable=False),
    sa.Column('subtotal', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('discount', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('vat_rate', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('vat_amount', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('total', sa.Numeric(precision=12, scale=2), server_default='0', nullable=False),
    sa.Column('vat_breakdown', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('terms', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('snapshot', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('issued_version', sa.Integer(), nullable=True),
    sa.Column('issue_approval_id', sa.Uuid(), nullable=True),
    sa.Column('issue_approval_kind', sa.String(), nullable=True),
    sa.Column('pdf_key', sa.String(), nullable=True),
    sa.Column('pdf_sha256', sa.String(), nullable=True),
    sa.Column('pdf_status', sa.String(), server_default='none', nullable=False),
    sa.Column('previewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_via_whatsapp_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_to', sa.String(), nullable=True),
    sa.Column('sent_channel', sa.String(), nullable=True),
    sa.Column('client_id', sa.Uuid(), nullable=True),
    sa.Column('conversation_id', sa.Uuid(), nullable=True),
    sa.Column('created_by', sa.Uuid(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint("pdf_status in ('none', 'pending', 'ready', 'failed')", name=op.f('ck_invoices_pdf_status')),
    sa.CheckConstraint("status = 'draft' or status = 'cancelled' and number is null or (number is not null and issue_date is not null and issue_approval_id is not null and issue_approval_kind is not null and issue_approval_kind = 'issue' and issued_version is not null)", name=op.f('ck_invoices_issue_needs_approval')),
    sa.CheckConstraint("status in ('draft', 'issued', 'sent', 'partially_paid', 'paid', 'cancelled')", name=op.f('ck_invoices_status')),
    sa.CheckConstraint("type in ('invoice', 'deposit', 'credit_note')", name=op.f('ck_invoices_type')),
    sa.ForeignKeyConstraint(['client_id'], ['clients.id'], name=op.f('fk_invoices_client_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_invoices_conversation_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_invoices_created_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['issue_approval_id', 'organization_id', 'id', 'issued_version', 'issue_approval_kind'], ['approvals.id', 'approvals.organization_id', 'approvals.document_id', 'approvals.version', 'approvals.kind'], name='fk_invoices_issue_approval'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_invoices_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quote_id'], ['quotes.id'], name=op.f('fk_invoices_quote_id'), ondelete='RESTRICT'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoices')),
    sa.UniqueConstraint('organization_id', 'number', name=op.f('uq_invoices_organization_id_number'))
    )
    op.create_index('ix_invoices_client_id', 'invoices', ['client_id'], unique=False)
    op.create_index('ix_invoices_conversation_id', 'invoices', ['conversation_id'], unique=False)
    op.create_index('ix_invoices_organization_id_due_date', 'invoices', ['organization_id', 'due_date'], unique=False)
    op.create_index('ix_invoices_organization_id_issue_date', 'invoices', ['organization_id', sa.literal_column('issue_date desc')], unique=False)
    op.create_index('ix_invoices_organization_id_status', 'invoices', ['organization_id', 'status'], unique=False)
    op.create_index('ix_invoices_quote_id', 'invoices', ['quote_id'], unique=False)
    op.create_table('quote_items',
    sa.Column('quote_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('chat_label', sa.String(), nullable=False),
    sa.Column('said', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), nullable=True),
    sa.Column('quantity', sa.Numeric(precision=12, scale=3), nullable=True),
    sa.Column('unit', sa.String(), nullable=True),
    sa.Column('unit_price', sa.Numeric(precision=12, scale=4), nullable=True),
    sa.Column('price_mode', sa.String(), server_default='ht', nullable=False),
    sa.Column('total_price', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('vat_rate', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('vat_rate_said', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('vat_category', sa.String(), server_default='S', nullable=False),
    sa.Column('vat_reason', sa.String(), server_default='default', nullable=False),
    sa.Column('doubt', sa.String(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_quote_items_organization_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['quote_id'], ['quotes.id'], name=op.f('fk_quote_items_quote_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quote_items')),
    sa.UniqueConstraint('quote_id', 'position', deferrable=True, initially='DEFERRED', name=op.f('uq_quote_items_quote_id_position'))
    )
    op.create_table('invoice_items',
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('description', sa.String(), nullable=False),
    sa.Column('chat_label', sa.String(), nullable=False),
    sa.Column('said', sa.String(), nullable=False),
    sa.Column('topic', sa.String(), nullable=True),
    sa.Column('quantity', sa.Numeric(precision=12, scale=3), nullable=True),
    sa.Column('unit', sa.String(), nullable=True),
    sa.Column('unit_price', sa.Numeric(precision=12, scale=4), nullable=True),
    sa.Column('price_mode', sa.String(), server_default='ht', nullable=False),
    sa.Column('total_price', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('vat_rate', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('vat_rate_said', sa.Numeric(precision=5, scale=2), nullable=True),
    sa.Column('vat_category', sa.String(), server_default='S', nullable=False),
    sa.Column('vat_reason', sa.String(), server_default='default', nullable=False),
    sa.Column('doubt', sa.String(), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_invoice_items_invoice_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_invoice_items_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice_items')),
    sa.UniqueConstraint('invoice_id', 'position', deferrable=True, initially='DEFERRED', name=op.f('uq_invoice_items_invoice_id_position'))
    )
    op.create_table('payments',
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('inbound_message_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organization_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_payments_amount')),
    sa.ForeignKeyConstraint(['inbound_message_id'], ['whatsapp_messages.id'], name=op.f('fk_payments_inbound_message_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['invoice_id'], ['invoices.id'], name=op.f('fk_payments_invoice_id'), ondelete='RESTRICT'),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_payments_organization_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payments'))
    )
    op.create_index('ix_payments_invoice_id', 'payments', ['invoice_id'], unique=False)
    for table, column, target in CYCLIC:
        op.create_foreign_key(f"fk_{table}_{column}", table, target, [column], ["id"], ondelete="SET NULL")


def downgrade() -> None:
    for table, column, _ in CYCLIC:
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")
    op.drop_index('ix_payments_invoice_id', table_name='payments')
    op.drop_table('payments')
    op.drop_table('invoice_items')
    op.drop_table('quote_items')
    op.drop_index('ix_invoices_quote_id', table_name='invoices')
    op.drop_index('ix_invoices_organization_id_status', table_name='invoices')
    op.drop_index('ix_invoices_organization_id_issue_date', table_name='invoices')
    op.drop_index('ix_invoices_organization_id_due_date', table_name='invoices')
    op.drop_index('ix_invoices_conversation_id', table_name='invoices')
    op.drop_index('ix_invoices_client_id', table_name='invoices')
    op.drop_table('invoices')
    op.drop_index('ix_quotes_organization_id_status', table_name='quotes')
    op.drop_index('ix_quotes_organization_id_issue_date', table_name='quotes')
    op.drop_index('ix_quotes_conversation_id', table_name='quotes')
    op.drop_index('ix_quotes_client_id', table_name='quotes')
    op.drop_table('quotes')
    op.drop_index('ix_outbox_waiting', table_name='outbox', postgresql_where=sa.text("status in ('queued', 'sending')"))
    op.drop_index('ix_outbox_organization_id_created_at', table_name='outbox')
    op.drop_index('ix_outbox_chat_id_seq', table_name='outbox')
    op.drop_table('outbox')
    op.drop_index('uq_approvals_issue', table_name='approvals', postgresql_where=sa.text("kind = 'issue'"))
    op.drop_index('ix_approvals_inbound_message_id', table_name='approvals')
    op.drop_table('approvals')
    op.drop_index('ix_webhook_events_received_at', table_name='webhook_events')
    op.drop_table('webhook_events')
    op.drop_table('document_versions')
    op.drop_index('ix_whatsapp_messages_waiting', table_name='whatsapp_messages', postgresql_where=sa.text("processing_status = 'queued'"))
    op.drop_index('ix_whatsapp_messages_organization_id_sent_at', table_name='whatsapp_messages')
    op.drop_index('ix_whatsapp_messages_conversation_id', table_name='whatsapp_messages')
    op.drop_index('ix_whatsapp_messages_chat_id_sent_at', table_name='whatsapp_messages')
    op.drop_table('whatsapp_messages')
    op.drop_index('ix_turns_conversation_id', table_name='turns')
    op.drop_index('ix_turns_chat_id_created_at', table_name='turns')
    op.drop_table('turns')
    op.drop_index('ix_model_usage_organization_id_created_at', table_name='model_usage')
    op.drop_table('model_usage')
    op.drop_index('uq_conversations_active', table_name='conversations', postgresql_where=sa.text("status = 'active'"))
    op.drop_index('ix_conversations_organization_id_started_at', table_name='conversations')
    op.drop_index('ix_conversations_last_interaction_at', table_name='conversations')
    op.drop_index('ix_conversations_chat_id_status', table_name='conversations')
    op.drop_table('conversations')
    op.drop_index('ix_whatsapp_chats_organization_id_last_message_at', table_name='whatsapp_chats')
    op.drop_index('ix_whatsapp_chats_attendee_phone', table_name='whatsapp_chats')
    op.drop_table('whatsapp_chats')
    op.drop_index(op.f('ix_whatsapp_accounts_phone'), table_name='whatsapp_accounts')
    op.drop_index('ix_whatsapp_accounts_organization_id_status', table_name='whatsapp_accounts')
    op.drop_table('whatsapp_accounts')
    op.drop_index('ix_system_logs_organization_id_created_at', table_name='system_logs')
    op.drop_index('ix_system_logs_event', table_name='system_logs')
    op.drop_table('system_logs')
    op.drop_index('ix_clients_organization_id_siret', table_name='clients')
    op.drop_index('ix_clients_organization_id_phone', table_name='clients')
    op.drop_index('ix_clients_organization_id_name_key', table_name='clients')
    op.drop_table('clients')
    op.drop_index('ix_users_organization_id', table_name='users')
    op.drop_table('users')
    op.drop_table('document_counters')
    op.drop_index(op.f('ix_organizations_stripe_customer_id'), table_name='organizations')
    op.drop_table('organizations')
