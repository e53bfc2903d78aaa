"""What a company has gathered: a client, her chat, a run about her, notes, logs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from db.models import (
    Client,
    Conversation,
    ConversationNote,
    Organization,
    Outbox,
    SessionEvent,
    SiteNote,
    Turn,
    User,
    VoiceTranscription,
    WhatsappChat,
    WhatsappMessage,
)
from db.models.base import new_id
from db.repositories.accounts import add_log
from db.session import Database


class Past:
    """What a company has gathered ``days`` ago, all of it said by or about Madame Lefebvre."""

    def __init__(self, database: Database, organization: Organization, artisan: User, chat: WhatsappChat) -> None:
        self.database, self.organization, self.artisan, self.chat = database, organization, artisan, chat
        self.client_id = new_id()

    async def happened(self, days: int) -> dict[str, UUID]:
        """Writes it; the ids of the rows by what they are."""
        at = datetime.now(UTC) - timedelta(days=days)
        ids = {name: new_id() for name in ("order", "voice", "answer", "theirs", "run", "turn", "sent", "chat")}
        mine: dict[str, Any] = {"organization_id": self.organization.id}
        who = "Madame Lefebvre"
        client = Client(
            **mine, id=self.client_id, name=who, name_key="lefebvre", phone="+33611223344", email="lefebvre@example.com",
            address_line="8 cours Zola", postal_code="69100", city="Villeurbanne", updated_at=at,
        )  # fmt: skip
        customers = WhatsappChat(
            **mine, id=ids["chat"], account_id=self.chat.account_id, provider_chat_id=f"c-{ids['chat']}", name=who,
            purpose="customer", attendee_phone="+33611223344", client_id=client.id, last_message_at=at,
        )  # fmt: skip
        run = Conversation(
            **mine, id=ids["run"], user_id=self.artisan.id, chat_id=self.chat.id, workflow="quote",
            status="completed", context_data={"client": who}, client_id=client.id, last_interaction_at=at,
        )  # fmt: skip
        async with self.database.system() as session:
            session.add_all([client, run])
            await session.flush()
            session.add(customers)
            await session.flush()
            session.add_all(
                [
                    self._message(ids["order"], at, "inbound", f"devis pour {who}", conversation_id=run.id),
                    self._message(ids["voice"], at, "inbound", None, type="audio", transcription=f"pour {who}"),
                    self._message(ids["answer"], at, "outbound", f"Le devis de {who}", conversation_id=run.id),
                    self._message(ids["theirs"], at, "inbound", "Bonjour", chat_id=customers.id, sender_name=who),
                ]
            )
            await session.flush()
            session.add_all(
                [
                    VoiceTranscription(
                        **mine, message_id=ids["voice"], outcome="heard", text=f"pour {who}", audio_key=None,
                        segments=[[0, 1, who, 0.9]], created_at=at,
                    ),
                    Turn(
                        **mine, id=ids["turn"], conversation_id=run.id, conversation_ids=[str(run.id)],
                        chat_id=self.chat.id, message_ids=[str(ids["order"])], text=f"devis pour {who}",
                        language="fr", understander="grammar", reading={"client": who}, created_at=at,
                    ),
                    Outbox(
                        **mine, id=ids["sent"], account_id=self.chat.account_id, chat_id=self.chat.id,
                        recipient="artisan", body=f"Le devis de {who}", status="sent", created_at=at,
                    ),
                    ConversationNote(
                        **mine, conversation_id=run.id, author="Marie", text=f"rappeler {who}", created_at=at
                    ),
                    SiteNote(
                        **mine, client_id=client.id, author_kind="artisan", text=f"code de {who}: 1234",
                        source_ref=str(new_id()), noted_at=at,
                    ),
                    SessionEvent(
                        **mine, account_id=self.chat.account_id, event_type="connected", cause="c", actor="system",
                        from_status="connecting", to_status="connected", severity="info", created_at=at,
                    ),
                ]
            )  # fmt: skip
            for kind in ("info", "audit"):
                add_log(session, self.organization.id, f"past.{kind}", f"quelque chose de {who}", type=kind)
                await session.flush()
        return ids

    def _message(self, id: UUID, at: datetime, direction: str, text: str | None, **values: Any) -> WhatsappMessage:
        values = {"chat_id": self.chat.id} | values
        return WhatsappMessage(
            id=id,
            organization_id=self.organization.id,
            account_id=self.chat.account_id,
            provider_message_id=str(id),
            direction=direction,
            text=text,
            sent_at=at,
            processing_status="processed",
            **values,
        )
