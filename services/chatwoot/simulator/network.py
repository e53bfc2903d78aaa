"""What happens at the server and behind it: phones write, the team answers, messages leave, statuses change."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from services.chatwoot.simulator.state import Contact, Conversation, File, Inbox, Message, ServerError, State
from services.chatwoot.simulator.webhooks import WebhookSender
from services.chatwoot.simulator.whatsapp import LONGEST_TEXT, Phones, Refused, check_interactive, rendered
from services.chatwoot.simulator.wire import attachment, conversation_event, message_event

AGENT = ("user", 11, "Équipe")
TEMPLATES = {"usta_document": "Bonjour, un message de votre artisan : {{1}} À bientôt."}
"""The templates that WhatsApp has approved, with their one variable."""


class Network:
    """One server. ``phones`` are the screens that its inbox writes to."""

    def __init__(self, state: State, sender: WebhookSender) -> None:
        self.state, self.sender, self.phones = state, sender, Phones()
        sender.bot_failed = self._bot_failed

    async def from_contact(
        self,
        inbox: Inbox,
        contact: Contact,
        text: str | None,
        *,
        files: list[File] | None = None,
        at: datetime | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> tuple[Message, bool]:
        """A contact writes; returns the message and whether a webhook of it was taken."""
        conversation = self._conversation_of(inbox, contact)
        message = Message(
            self.state.new_id(), conversation.id, text, 0, at or datetime.now(UTC),
            ("contact", contact.id, contact.name), content_attributes=attributes or {},
            source_id=f"wamid.{self.state.new_id()}", files=files or [],
        )  # fmt: skip
        self.state.add_message(conversation, message)
        taken = await asyncio.gather(*self._tell("message_created", message))
        return message, any(taken)

    def outgoing(
        self, conversation: Conversation, content: str | None, sender: tuple[str, int, str], **values: Any
    ) -> Message:
        """A message or a private note into a conversation; what is not private goes to the phone."""
        number = self.state.new_id()
        message = Message(number, conversation.id, content, 1, datetime.now(UTC), sender, **values)
        self.state.add_message(conversation, message)
        self._tell("message_created", message)
        if not message.private:
            self._deliver(conversation, message)
        return message

    def change_status(self, conversation: Conversation, status: str) -> None:
        """Opens, resolves or snoozes a conversation, or gives it back to the bot."""
        before, conversation.status = conversation.status, status
        if before == status:
            return
        events = ["conversation_status_changed", "conversation_updated"]
        events += {"open": ["conversation_opened"], "resolved": ["conversation_resolved"]}.get(status, [])
        for event in events:
            body = conversation_event(self.state, event, conversation, before)
            self.sender.send(event, body, conversation.inbox_id)

    async def choose(self, message: Message, title: str) -> bool:
        """Somebody taps an answer on a web page: the message itself changes, nothing else is said (§3.1)."""
        items = message.content_attributes.get("items") or []
        chosen = [item for item in items if item["title"] == title]
        if not chosen:
            raise ServerError(422, "There is no such answer.")
        message.content_attributes = {**message.content_attributes, "submitted_values": chosen}
        return any(await asyncio.gather(*self._tell("message_updated", message)))

    def _conversation_of(self, inbox: Inbox, contact: Contact) -> Conversation:
        """The contact's conversation; a resolved one is opened again, for the bot if the inbox has one."""
        mine = [
            each
            for each in self.state.conversations.values()
            if each.contact_id == contact.id and each.inbox_id == inbox.id
        ]
        if not mine:
            source = (contact.phone_number or contact.identifier or str(contact.id)).removeprefix("+")
            return self.state.add_conversation(inbox, contact, source)
        conversation = mine[-1]
        if conversation.status in ("resolved", "snoozed"):
            self.change_status(conversation, "pending" if inbox.bot_id else "open")
        return conversation

    def _deliver(self, conversation: Conversation, message: Message) -> None:
        """Hands a message to the channel; what WhatsApp refuses is told later, as a changed message (§4.4)."""
        inbox, contact = self.state.inboxes[conversation.inbox_id], self.state.contacts[conversation.contact_id]
        if inbox.channel_type != "Channel::Whatsapp":
            return
        try:
            self._to_phone(contact, conversation, message)
        except Refused as error:
            message.status = "failed"
            message.content_attributes = {**message.content_attributes, "external_error": str(error)}
            self._tell("message_updated", message)
            return
        for status in ("delivered", "read") if self.state.behaviour.receipts else ():
            message.status = status
            self._tell("message_updated", message)

    def _to_phone(self, contact: Contact, conversation: Conversation, message: Message) -> None:
        phone, text = contact.phone_number or "", rendered(message.content or "")
        if error := self.state.behaviour.whatsapp_refuses:
            raise Refused(error)
        parameters = message.additional_attributes.get("template_params")
        if parameters or not self.state.can_reply(conversation):
            return self._template(phone, message, parameters or {})
        if len(text) > LONGEST_TEXT:
            raise Refused("131009: Parameter value is not valid")
        if message.files:
            return self._file(phone, message, message.files[0], text)
        titles = [str(item["title"]) for item in message.content_attributes.get("items") or []]
        if titles:
            check_interactive(text, titles)
        self.phones.show(phone, message.id, "text", text, buttons=titles)

    def _file(self, phone: str, message: Message, file: File, text: str, **more: Any) -> None:
        kind = "audio" if file.family == "audio" else "document"
        url = attachment(self.state, file, message)["data_url"]
        shown = {"filename": file.filename, "media_type": file.content_type, "url": url}
        self.phones.show(phone, message.id, kind, text, **shown, **more)

    def _template(self, phone: str, message: Message, parameters: dict[str, Any]) -> None:
        body = TEMPLATES.get(str(parameters.get("name")))
        given = parameters.get("processed_params") or {}
        value = (given.get("body") or {}).get("1")
        if body is None or not value:
            raise Refused("Template not found or invalid template name")
        if "\n" in value or "\t" in value or "    " in value:
            raise Refused("132018: Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
        text, header = body.replace("{{1}}", value), given.get("header") or {}
        name = str(parameters["name"])
        file = next((each for key, each in self.state.files.items() if key in str(header.get("media_url"))), None)
        if file is None:
            self.phones.show(phone, message.id, "text", text, template=name)
        else:
            self._file(phone, message, file, text, template=name)

    def _tell(self, event: str, message: Message) -> list[asyncio.Task[bool]]:
        conversation = self.state.conversations[message.conversation_id]
        return self.sender.send(event, message_event(self.state, event, message), conversation.inbox_id)

    def _bot_failed(self, body: dict[str, Any]) -> None:
        """A bot that answers to nothing loses its pending conversation to the team (§1)."""
        number = body.get("conversation", body).get("id")
        conversation = self.state.conversations.get(number)
        if conversation and conversation.status == "pending":
            self.change_status(conversation, "open")
