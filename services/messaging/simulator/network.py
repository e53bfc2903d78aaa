"""WhatsApp itself, simulated: a message leaves one phone and appears on the other and in every linked account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.messaging.moments import moment
from services.messaging.simulator.feed import Entry, Feed
from services.messaging.simulator.representation import account_status_payload
from services.messaging.simulator.state import Account, Chat, File, HostedLink, Message, State
from services.messaging.simulator.webhooks import WebhookSender
from services.messaging.simulator.wire import ProviderError, group_id_of, new_wire_id

MAXIMUM_FILE = 15 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person sends from a phone. ``group`` names a group chat instead of a phone."""

    sender: str
    receiver: str
    text: str | None = None
    name: str | None = None
    sent_at: datetime | None = None
    message_id: str | None = None
    files: list[File] = field(default_factory=list)
    group: str | None = None
    forwarded: bool = False
    use_lid: bool = False
    hide_phone: bool = False
    quoted: dict[str, Any] | None = None
    shared: dict[str, Any] = field(default_factory=dict)


class Network:
    """Carries messages between phones, accounts, the feed and the webhooks."""

    def __init__(self, state: State, feed: Feed, sender: WebhookSender) -> None:
        self.state, self.feed, self.sender = state, feed, sender

    async def from_phone(self, draft: Draft) -> tuple[str, bool]:
        """A person sends a message; returns its id and whether every webhook was answered with 200.

        Raises 404 when neither side is a linked number: nobody would learn of it.
        """
        receiver = self.state.account_of_phone(draft.receiver)
        writer = self.state.account_of_phone(draft.sender)
        if receiver is None and writer is None:
            raise ProviderError(404, "resource_not_found", f"No linked number is {draft.sender} or {draft.receiver}.")
        message_id = draft.message_id or new_wire_id()
        copies = [(receiver, message_id)] if receiver else []
        if writer and writer is not receiver:
            copies.append((writer, new_wire_id() if receiver else message_id))
        self._show(draft, message_id)
        wire_id = f"3EB0{new_wire_id()}"
        tasks = []
        for account, copy_id in copies:
            message = self._copy(account, draft, copy_id, wire_id)
            tasks += self.sender.message_event("message_received", message)
        with self.feed.busy(draft.sender):
            accepted = all(await asyncio.gather(*tasks))
        if accepted and receiver and receiver is not writer and not draft.group:
            self.feed.set_status(message_id, "delivered")
            self.feed.add("typing", draft.receiver, draft.sender)
        return message_id, accepted

    async def edit(self, message_id: str, words: str) -> bool:
        """The person changes the words of a message; whether every webhook was answered with 200. Raises 404."""
        copies = self._copies(message_id)
        for message in copies:
            message.text, message.edited = words, True
        return await self._tell("message_edited", copies)

    async def erase(self, message_id: str) -> bool:
        """The person deletes a message for everybody. Raises 404."""
        copies = self._copies(message_id)
        for message in copies:
            message.deleted = True
        return await self._tell("message_deleted", copies)

    def _copies(self, message_id: str) -> list[Message]:
        """A message as each linked account has it."""
        wire_id = self.state.message(message_id).wire_id
        return [message for message in self.state.messages.values() if message.wire_id == wire_id]

    async def _tell(self, event: str, copies: list[Message]) -> bool:
        tasks = [task for message in copies for task in self.sender.message_event(event, message)]
        return all(await asyncio.gather(*tasks))

    def from_api(
        self, account: Account, chat: Chat, text: str | None, files: list[File], quoted: Message | None = None
    ) -> Message:
        """Usta sends a message through an account: it appears on the phone and comes back as an echo and receipts."""
        if account.restricted:
            raise ProviderError(403, "account_restricted", "WhatsApp has restricted the account.")
        if not account.connected:
            raise ProviderError(
                401, "disconnected_account", "The account appears to be disconnected from the provider service."
            )
        if chat.address in self.state.behaviour.invalid_recipients:
            raise ProviderError(422, "invalid_recipient", "The recipient is not on WhatsApp.")
        if any(len(file.content) > MAXIMUM_FILE for file in files):
            raise ProviderError(400, "content_too_large", "The maximum size is 15MB.")
        message = Message(
            id=new_wire_id(),
            wire_id=f"3EB0{new_wire_id()}",
            chat_id=chat.id,
            account_id=account.id,
            from_account=True,
            sender_phone=account.phone or "",
            sender_name="You",
            text=text,
            sent_at=datetime.now(UTC),
            files=files,
            quoted={"provider_id": quoted.wire_id, "text": quoted.text, "attachments": []} if quoted else None,
            use_lid=self.state.behaviour.lid_senders,
        )
        self.state.add_message(chat, message)
        self._show_sent(account, chat, message)
        self._echo(message)
        other = None if chat.is_group else self.state.account_of_phone(chat.address)
        if other and other is not account:
            self._arrive(other, account, message)
        return message

    def connect(self, account: Account, phone: str, name: str | None) -> None:
        """The artisan scans the QR code: the account becomes usable and what it missed comes in a burst."""
        if account.phone not in (None, phone):
            raise ProviderError(403, "account_mismatch", "Another number was scanned.")
        account.phone, account.name = phone, name or phone.removeprefix("+")
        self._come_back(account)

    def resume(self, account: Account) -> None:
        """The session comes back without a person."""
        self._come_back(account)

    def disconnect(
        self, account: Account, status: str = "CREDENTIALS", *, resumable: bool = False, silent: bool = False
    ) -> None:
        """The session is lost: sends fail with 401 and messages wait at the provider."""
        account.status, account.was_connected, account.resumable = status, True, resumable
        if not silent:
            self.sender.account_event(account.id, account_status_payload(account, status))

    def ban(self, account: Account) -> None:
        """WhatsApp bans the number: whoever uses it is refused."""
        account.restricted = True
        self.disconnect(account, "ERROR")

    def scan_hosted(self, link_id: str, phone: str, name: str | None = None) -> HostedLink:
        """A code is scanned on a hosted page, which then calls our notify address: unsigned, successes only (§4.7)."""
        link = self.state.hosted_link(link_id)
        new = link.account_id is None
        account = self.state.add_account(None, status="CONNECTING") if new else self.state.account(str(link.account_id))
        self.connect(account, phone, name)
        if link.notify_url:
            payload = {"status": "CREATION_SUCCESS" if new else "RECONNECTED", "account_id": account.id}
            self.sender.notify(link.notify_url, account.id, payload | {"name": link.name})
        return link

    def _come_back(self, account: Account) -> None:
        first = not account.was_connected
        account.status, account.qr_until, account.code, account.was_connected = "OK", None, None, True
        account.restricted = account.resumable = False
        for status in ("CREATION_SUCCESS" if first else "RECONNECTED", "OK"):
            self.sender.account_event(account.id, account_status_payload(account, status))
        self.sender.release(account.id)

    def _copy(self, account: Account, draft: Draft, message_id: str, wire_id: str) -> Message:
        from_account = account.phone == draft.sender
        if draft.group:
            chat = self.state.chat_with(account, group_id_of(draft.group))
            chat.name = draft.group
        else:
            chat = self.state.chat_with(account, draft.receiver if from_account else draft.sender)
            chat.name = chat.name if from_account else draft.name or chat.name
        behaviour = self.state.behaviour
        message = Message(
            id=message_id,
            wire_id=wire_id,
            chat_id=chat.id,
            account_id=account.id,
            from_account=from_account,
            sender_phone=draft.sender,
            sender_name=draft.name or draft.sender.removeprefix("+"),
            text=draft.text,
            sent_at=draft.sent_at or datetime.now(UTC),
            files=draft.files,
            quoted=draft.quoted,
            shared=draft.shared,
            forwarded=draft.forwarded,
            use_lid=draft.use_lid or draft.hide_phone or behaviour.lid_senders or behaviour.hidden_phones,
            hide_phone=draft.hide_phone or behaviour.hidden_phones,
        )
        if message.id not in self.state.messages:
            self.state.add_message(chat, message)
            chat.unread += int(not from_account)
        return message

    def _show(self, draft: Draft, message_id: str) -> None:
        """Shows a person's message on both phones, once however often it is sent again under the same id."""
        if self.feed.knows(message_id):
            return
        file = draft.files[0] if draft.files else None
        for each in draft.files:
            self.feed.add_media(each)
        self.feed.add(
            "message",
            draft.sender,
            draft.group or draft.receiver,
            message_id=message_id,
            text=draft.text,
            **_media_values(file),
        )

    def _show_sent(self, account: Account, chat: Chat, message: Message) -> None:
        """One entry per file, the words on the first, as a phone shows them."""
        for position, file in enumerate(message.files or [None]):
            if file:
                self.feed.add_media(file)
            self.feed.add(
                "message",
                account.phone or account.id,
                chat.address,
                message_id=message.id if position == 0 else f"{message.id}/{position}",
                from_api=True,
                text=message.text if position == 0 else None,
                **_media_values(file),
            )

    def _echo(self, message: Message) -> None:
        if self.state.behaviour.echoes:
            self.sender.message_event("message_received", message)
        if not self.state.behaviour.receipts:
            return
        for status in ("delivered", "read"):
            setattr(message, "seen" if status == "read" else "delivered", True)
            self.feed.set_status(message.id, status)
            self.sender.message_event(f"message_{status}", message, timestamp=moment(datetime.now(UTC)))

    def _arrive(self, other: Account, account: Account, message: Message) -> None:
        """The receiver's number is linked too: its account sees an ordinary inbound message."""
        draft = Draft(
            account.phone or "", other.phone or "", message.text, files=message.files, sent_at=message.sent_at
        )
        copy = self._copy(other, draft, new_wire_id(), message.wire_id)
        self.sender.message_event("message_received", copy)


def entry_json(entry: Entry, base_url: str) -> dict[str, Any]:
    """A message entry as the control API tells it; ``url`` serves the bytes that the phone received."""
    url = f"{base_url}/simulator/media/{entry.media_id}" if entry.media_id else None
    return {
        "seq": entry.seq,
        "to": entry.receiver,
        "kind": entry.kind,
        "text": entry.text,
        "filename": entry.filename,
        "media_type": entry.media_type,
        "url": url,
        "at": moment(entry.at),
    }


def _media_values(file: File | None) -> dict[str, Any]:
    if file is None:
        return {"kind": "text"}
    return {
        "kind": "audio" if file.family == "audio" else "document",
        "media_id": file.id,
        "filename": file.filename,
        "media_type": file.mimetype,
    }
