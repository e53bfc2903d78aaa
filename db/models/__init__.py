"""The tables, one module per capability. Importing this package registers all of them on ``Base.metadata``."""

from db.models.accounts import Organization, SystemLog, User
from db.models.base import Base
from db.models.billing import BillingNotice, Plan, PlatformCounter, StripeEvent, Subscription, SubscriptionInvoice
from db.models.chatwoot import ChannelContact, ChannelCursor, SiteNote
from db.models.clients import Client
from db.models.conversations import Conversation, ConversationNote, ModelUsage, Turn
from db.models.documents import (
    Approval,
    DocumentCounter,
    DocumentEvent,
    DocumentVersion,
    Invoice,
    InvoiceItem,
    LedgerEntry,
    Payment,
    Quote,
    QuoteItem,
)
from db.models.einvoicing import EinvoiceStatus, EinvoiceSubmission, EreportingEntry
from db.models.idempotency import IdempotencyKey
from db.models.identity import ApiKey, AuthSession, Invitation, PhoneCode, PlatformAdmin, RefreshToken, UserCredentials
from db.models.messaging import (
    DeliveryStatus,
    Outbox,
    SendingPace,
    UnreachablePhone,
    WebhookEvent,
    WhatsappAccount,
    WhatsappChat,
    WhatsappMessage,
)
from db.models.operations import MetricTotal
from db.models.privacy import AccessEntry, Consent, DataExport, Erasure, RetentionChoice
from db.models.prompts import WordingOverride
from db.models.sessions import SessionEvent
from db.models.sync import AccountSync
from db.models.voice import VoiceTranscription

__all__ = [
    "AccessEntry",
    "AccountSync",
    "ApiKey",
    "Approval",
    "AuthSession",
    "Base",
    "BillingNotice",
    "ChannelContact",
    "ChannelCursor",
    "Client",
    "Consent",
    "Conversation",
    "ConversationNote",
    "DataExport",
    "DeliveryStatus",
    "DocumentCounter",
    "DocumentEvent",
    "DocumentVersion",
    "EinvoiceStatus",
    "EinvoiceSubmission",
    "Erasure",
    "EreportingEntry",
    "IdempotencyKey",
    "Invitation",
    "Invoice",
    "InvoiceItem",
    "LedgerEntry",
    "MetricTotal",
    "ModelUsage",
    "Organization",
    "Outbox",
    "Payment",
    "PhoneCode",
    "Plan",
    "PlatformAdmin",
    "PlatformCounter",
    "Quote",
    "QuoteItem",
    "RefreshToken",
    "RetentionChoice",
    "SendingPace",
    "SessionEvent",
    "SiteNote",
    "StripeEvent",
    "Subscription",
    "SubscriptionInvoice",
    "SystemLog",
    "Turn",
    "UnreachablePhone",
    "User",
    "UserCredentials",
    "VoiceTranscription",
    "WebhookEvent",
    "WhatsappAccount",
    "WhatsappChat",
    "WhatsappMessage",
    "WordingOverride",
]
