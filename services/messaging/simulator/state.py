"""What the simulated provider remembers: accounts, chats, messages, files, webhooks. Bounded; the oldest go first."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.messaging.addresses import wire_id_of_phone
from services.messaging.simulator.wire import ProviderError, chat_id_of, lid_of, new_wire_id, parts_of_chat_id

MESSAGES_PER_CHAT = 500
MAXIMUM_MESSAGES = 50_000
MAXIMUM_FILE_BYTES = 256 * 1024 * 1024


class Behaviour(BaseModel):
    """How the simulated provider behaves; everything a real one has been seen to do can be switched on.

    ``duplicates`` and ``out_of_order`` are chances from 0 to 1 per webhook; ``latency_ms`` delays every REST answer.
    ``receipts`` switches the delivered and read events off (benchmarks), ``echoes`` the events of our own messages,
    ``webhooks`` all events of messages: then only listing them tells of them.
    """

    model_config = ConfigDict(extra="forbid")

    webhooks: bool = True
    echoes: bool = True
    receipts: bool = True
    duplicates: float = Field(default=0, ge=0, le=1)
    out_of_order: float = Field(default=0, ge=0, le=1)
    null_message_ids: bool = False
    lid_senders: bool = False
    hidden_phones: bool = False
    object_attachments: bool = False
    documented_attachment_keys: bool = False
    latency_ms: int = Field(default=0, ge=0, le=60_000)
    qr_seconds: float = Field(default=60, gt=0)
    invalid_recipients: list[str] = Field(default_factory=list)


@dataclass(slots=True)
class Account:
    """A linked number. ``status`` is the provider's word (unipile.md §4.3)."""

    id: str
    phone: str | None
    name: str = ""
    status: str = "OK"
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    qr_until: datetime | None = None
    code: str | None = None
    was_connected: bool = False
    resumable: bool = False
    """The session can come back without a scan."""
    restricted: bool = False
    """WhatsApp has banned the number."""
    held: list[dict[str, Any]] = field(default_factory=list)

    @property
    def connected(self) -> bool:
        return self.status == "OK"


@dataclass(frozen=True, slots=True)
class HostedLink:
    """A page of the provider where a code can be scanned: for a new account, or ``account_id`` again."""

    id: str
    account_id: str | None
    name: str | None
    notify_url: str | None
    redirect_url: str | None
    until: datetime


@dataclass(slots=True)
class File:
    """The bytes of an attachment, as a phone or the API gave them."""

    id: str
    content: bytes
    mimetype: str
    filename: str
    voice_note: bool = False

    @property
    def family(self) -> str:
        family = self.mimetype.partition("/")[0]
        return {"image": "img", "audio": "audio", "video": "video"}.get(family, "file")


@dataclass(slots=True)
class Message:
    """A message of one account's copy of a chat. ``from_account`` is the provider's ``is_sender``."""

    id: str
    wire_id: str
    chat_id: str
    account_id: str
    from_account: bool
    sender_phone: str
    sender_name: str
    text: str | None
    sent_at: datetime
    files: list[File] = field(default_factory=list)
    quoted: dict[str, Any] | None = None
    shared: dict[str, Any] = field(default_factory=dict)
    """A contact or a place, as WhatsApp's own message has it."""
    forwarded: bool = False
    hide_phone: bool = False
    use_lid: bool = False
    seen: bool = False
    delivered: bool = False
    edited: bool = False
    deleted: bool = False
    reactions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Chat:
    """One account's chat with ``address``: a phone, or the id of a group."""

    id: str
    account_id: str
    address: str
    name: str | None = None
    unread: int = 0
    flags: dict[str, Any] = field(default_factory=dict)
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=MESSAGES_PER_CHAT))
    last_at: datetime | None = None

    @property
    def is_group(self) -> bool:
        return self.address.endswith("@g.us")

    @property
    def wire_id(self) -> str:
        return self.address if self.is_group else wire_id_of_phone(self.address)


@dataclass(slots=True)
class Webhook:
    """A registered webhook: what it wants and the headers it is called with."""

    id: str
    source: str
    request_url: str
    name: str | None = None
    events: list[str] | None = None
    account_ids: list[str] | None = None
    enabled: bool = True
    format: str = "json"
    headers: list[dict[str, str]] = field(default_factory=list)


class State:
    """Everything the provider knows."""

    def __init__(self, api_key: str) -> None:
        self.api_key = api_key
        self.behaviour = Behaviour()
        self.accounts: dict[str, Account] = {}
        self.chats: OrderedDict[str, Chat] = OrderedDict()
        self.messages: OrderedDict[str, Message] = OrderedDict()
        self.webhooks: dict[str, Webhook] = {}
        self.hosted: dict[str, HostedLink] = {}
        self._file_bytes = 0

    def account(self, account_id: str) -> Account:
        """The account. Raises 404; an account whose QR code has expired is gone (unipile.md §4.1).

        One that was connected before is only where it was: its code must be scanned (CREDENTIALS).
        """
        account = self.accounts.get(account_id)
        if account and account.qr_until and account.qr_until < datetime.now(UTC):
            account.qr_until = account.code = None
            if account.was_connected:
                account.status = "CREDENTIALS"
            else:
                del self.accounts[account_id]
                account = None
        if account is None:
            raise ProviderError(404, "resource_not_found", "Account not found.")
        return account

    def account_of_code(self, code: str) -> Account | None:
        """The account whose QR code a phone has scanned, while it is valid."""
        found = next((account.id for account in self.accounts.values() if account.code == code), None)
        if found is None:
            return None
        try:
            account = self.account(found)
        except ProviderError:
            return None
        return account if account.code == code else None

    def expire_code(self, account: Account) -> None:
        account.qr_until = datetime.now(UTC) - timedelta(seconds=1)

    def add_hosted(self, **values: Any) -> HostedLink:
        link = HostedLink(id=new_wire_id(), **values)
        self.hosted[link.id] = link
        return link

    def hosted_link(self, link_id: str) -> HostedLink:
        """A link that was given out. Raises 404 and 401 ``expired_link``."""
        link = self.hosted.get(link_id)
        if link is None:
            raise ProviderError(404, "resource_not_found", "Link not found.")
        if link.until < datetime.now(UTC):
            raise ProviderError(401, "expired_link", "The link has expired.")
        return link

    def account_of_phone(self, phone: str) -> Account | None:
        """The linked account of a phone."""
        return next((account for account in self.accounts.values() if account.phone == phone), None)

    def add_account(self, phone: str | None, account_id: str | None = None, **values: Any) -> Account:
        account = Account(account_id or new_wire_id(), phone, (phone or "").removeprefix("+"), **values)
        self.accounts[account.id] = account
        return account

    def begin_qr(self, account: Account) -> str:
        """Starts a connection by QR code and returns the string to encode."""
        account.qr_until = datetime.now(UTC) + timedelta(seconds=self.behaviour.qr_seconds)
        account.status = "CONNECTING"
        account.code = f"2@{new_wire_id()},{new_wire_id()},{new_wire_id()}="
        return account.code

    def chat_with(self, account: Account, address: str) -> Chat:
        """The account's chat with a phone or a group, made when it is new."""
        return self.chats.get(chat_id_of(account.id, address)) or self._add_chat(account, address)

    def chat(self, chat_id: str, account_id: str | None = None) -> Chat:
        """A chat by its id, or by the provider's own id when the account is told. Raises 404."""
        chat = self.chats.get(chat_id)
        if chat is None and account_id:
            chat = next((c for c in self.chats.values() if c.account_id == account_id and c.wire_id == chat_id), None)
        if chat is None and (parts := parts_of_chat_id(chat_id)) and parts[0] in self.accounts:
            chat = self._add_chat(self.accounts[parts[0]], parts[1])
        if chat is None or chat.account_id not in self.accounts:
            raise ProviderError(404, "resource_not_found", "Chat not found.")
        return chat

    def message(self, message_id: str) -> Message:
        """A message by its id. Raises 404."""
        message = self.messages.get(message_id)
        if message is None or message.account_id not in self.accounts:
            raise ProviderError(404, "resource_not_found", "Message not found.")
        return message

    def messages_of(self, chat: Chat) -> Iterator[Message]:
        """The messages of a chat that are still remembered, oldest first."""
        return (self.messages[message_id] for message_id in chat.messages if message_id in self.messages)

    def add_message(self, chat: Chat, message: Message) -> None:
        self.messages[message.id] = message
        chat.messages.append(message.id)
        chat.last_at = max(chat.last_at or message.sent_at, message.sent_at)
        self.chats.move_to_end(chat.id)
        self._file_bytes += sum(len(file.content) for file in message.files)
        while len(self.messages) > MAXIMUM_MESSAGES or self._file_bytes > MAXIMUM_FILE_BYTES:
            _, forgotten = self.messages.popitem(last=False)
            self._file_bytes -= sum(len(file.content) for file in forgotten.files)

    def delete_account(self, account: Account) -> None:
        del self.accounts[account.id]

    def _add_chat(self, account: Account, address: str) -> Chat:
        chat = Chat(chat_id_of(account.id, address), account.id, address)
        self.chats[chat.id] = chat
        return chat


def lid_or_wire_id(phone: str, use_lid: bool) -> str:
    return lid_of(phone) if use_lid else wire_id_of_phone(phone)
