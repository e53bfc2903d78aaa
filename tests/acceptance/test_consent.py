"""Nothing is issued and nothing reaches a client without the artisan's plain word about what he was shown (UX-39…46)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack, new_phone

LANGUAGES = ["fr", "tr"]
QUOTE = {
    "fr": "devis pour {client}, pose de carrelage 10 m² à 45",
    "tr": "{client} için devis, 10 m² karo döşeme 45'ten",
}
OK = {"fr": "ok", "tr": "tamam"}
NOT_A_CONFIRMATION = {
    "fr": ["ok mais", "c'est bon ?", "d'accord ?", "oui sauf la 1", "hmm", "ok je te redis", "pas encore ok", "ok ?"],
    "tr": ["tamam mı ?", "tamam ama", "olur mu", "evet de", "hmm", "tamam mi", "daha tamam değil", "olmaz"],
}
AMOUNT_CHANGES = {"fr": "ok mais la 1 à 50", "tr": "tamam ama 1. satır 50 olsun"}
SEND = {"fr": "envoie", "tr": "gönder"}
STOPS = [("fr", "annule"), ("fr", "stop"), ("tr", "dur"), ("tr", "iptal")]


def with_quote(artisan_of: Callable[..., Artisan], language: str) -> tuple[Artisan, str]:
    """An artisan who has just been shown the recap of a quote of 450 € HT, and his client's phone."""
    client_phone = new_phone()
    artisan = artisan_of(language, clients=[{"name": "Mme Garance", "phone": client_phone, "address": "69003 Lyon"}])
    artisan.say(QUOTE[language].format(client="Mme Garance"))
    draft = artisan.draft
    assert artisan.awaiting == "confirm:issue" and draft is not None and draft["subtotal"] == "450.00"
    return artisan, client_phone


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_confirmations_make_one_document(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.burst(OK[language], OK[language])
    artisan.inbox()
    artisan.say("ok")
    assert len(artisan.documents()) == 1
    assert artisan.documents()[0]["status"] in ("issued", "sent")
    assert len(artisan.rows("select 1 from approvals where organization_id = %(organization)s and kind = 'issue'")) == 1
    assert client_phone


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_confirmations_at_once_send_nothing(language: str, artisan_of: Callable[..., Artisan]) -> None:
    """The second "ok" of a burst was said before the question whether to send was asked."""
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.burst(OK[language], OK[language])
    artisan.inbox()
    assert artisan.awaiting == "confirm:send_to_client"
    assert artisan.nothing_leaves_to(client_phone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_confirmation_with_a_changed_amount_issues_nothing(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, _ = with_quote(artisan_of, language)
    (answer,) = artisan.say(AMOUNT_CHANGES[language])
    draft = artisan.draft
    assert artisan.documents() == [] and draft is not None and draft["subtotal"] == "500.00"
    assert "500,00" in answer and artisan.awaiting == "confirm:issue"
    artisan.say(OK[language])
    assert artisan.documents()[0]["subtotal"] == "500.00"


@pytest.mark.parametrize(("language", "words"), [(code, w) for code in LANGUAGES for w in NOT_A_CONFIRMATION[code]])
def test_what_is_no_confirmation_issues_nothing(language: str, words: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    assert artisan.say(words) != []
    assert artisan.documents() == []
    assert artisan.nothing_leaves_to(client_phone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_older_than_the_recap_does_not_count(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, _ = with_quote(artisan_of, language)
    (answer,) = artisan.say(OK[language], timestamp=datetime.now(UTC) - timedelta(minutes=3))
    assert artisan.documents() == [] and artisan.awaiting == "confirm:issue" and OK[language] in answer
    artisan.say(OK[language])
    assert len(artisan.documents()) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_sending_takes_its_own_word(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    assert artisan.awaiting == "confirm:send_to_client" and artisan.nothing_leaves_to(client_phone)
    artisan.say({"fr": "garde", "tr": "kalsın"}[language])
    assert artisan.nothing_leaves_to(client_phone)
    artisan.say(SEND[language])
    if artisan.awaiting == "confirm:send_to_client":
        artisan.say("1")
    (message,) = artisan.client_inbox(client_phone)
    assert artisan.numbers()[0] in message.text


@pytest.mark.parametrize(("language", "word"), STOPS)
def test_a_held_message_is_stopped(language: str, word: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    # Whatever the machine does meanwhile, the hold is not over before the word comes.
    with longer_hold(artisan):
        artisan.say("1")
        (held,) = artisan.rows(
            "select status, not_before > created_at as later from outbox"
            " where organization_id = %(organization)s and recipient = 'client'"
        )
        assert held == {"status": "queued", "later": True}
        (answer,) = artisan.say(word)
    assert answer == {"fr": "Annulé : rien n'est parti.", "tr": "İptal ettim, hiçbir şey gitmedi."}[language]
    assert artisan.nothing_leaves_to(client_phone)
    assert artisan.documents()[0]["status"] == "issued"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wrong_version_is_never_sent(language: str, artisan_of: Callable[..., Artisan]) -> None:
    """A quote corrected after it was issued: only the version that he agreed to goes out, once."""
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    artisan.say({"fr": "finalement la 1 à 60", "tr": "1. satır 60 olsun"}[language])
    assert artisan.awaiting == "confirm:issue" and artisan.nothing_leaves_to(client_phone)
    artisan.say("1")
    (message,) = artisan.client_inbox(client_phone)
    assert "version 2" in message.text and "-v2.pdf" in (message.filename or "")
    assert "660,00" in message.text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_within_the_hold_stops_the_old_version(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan, client_phone = with_quote(artisan_of, language)
    artisan.say(OK[language])
    with longer_hold(artisan):
        artisan.say("1")
        artisan.say({"fr": "non attends, la 1 à 60", "tr": "dur, 1. satır 60 olsun"}[language])
    assert artisan.nothing_leaves_to(client_phone)


class longer_hold:
    """Keeps what is held for clients of this artisan from leaving while the block runs."""

    def __init__(self, artisan: Artisan) -> None:
        self.artisan = artisan

    def __enter__(self) -> None:
        name = f"hold_{self.artisan.phone[1:]}"
        self.artisan.stack.rows(
            f"create function {name}() returns trigger language plpgsql as $$ begin"
            " if new.organization_id = '" + self.artisan.organization_id + "' and new.not_before is not null then"
            " new.not_before = new.not_before + interval '10 minutes'; end if; return new; end $$"
        )
        self.artisan.stack.rows(f"create trigger {name} before insert on outbox for each row execute function {name}()")

    def __exit__(self, *_: object) -> None:
        name = f"hold_{self.artisan.phone[1:]}"
        self.artisan.stack.rows(f"drop trigger {name} on outbox")
        self.artisan.stack.rows(f"drop function {name}()")
        self.artisan.stack.rows(
            "update outbox set not_before = now() where organization_id = %(organization)s and status = 'queued'",
            organization=self.artisan.organization_id,
        )


# What the database itself refuses, whoever asks.

ROLES = ["usta_app", "usta_system"]
SHOWN_QUOTE = (
    "select q.id, q.version, v.payload_hash from quotes q join document_versions v"
    " on v.document_id = q.id and v.version = q.version where q.organization_id = %(organization)s"
)


@pytest.fixture(scope="module")
def shop(stack: Stack) -> dict[str, Any]:
    """A company with an issued quote, an issued invoice and a draft that was shown, for the attempts below."""
    artisan = Artisan(
        stack,
        clients=[{"name": "Mme Garance", "phone": new_phone(), "address": "3 rue A, 69003 Lyon"}, {"name": "M. Noé"}],
    )
    artisan.say(QUOTE["fr"].format(client="Mme Garance"))
    artisan.say("ok")
    artisan.say("garde")
    artisan.say("facture pour Mme Garance, dépose de cloison 30 m² à 15")
    artisan.say("ok")
    artisan.say("garde")
    artisan.say("devis pour M. Noé, peinture 20 m² à 15")
    assert [document["kind"] for document in artisan.documents()] == ["invoice", "quote"]
    (issued,) = artisan.rows("select * from quotes where organization_id = %(organization)s and number is not null")
    (invoice,) = artisan.rows("select * from invoices where organization_id = %(organization)s and number is not null")
    (draft,) = artisan.rows(
        "select q.*, v.payload_hash from quotes q join document_versions v on v.document_id = q.id"
        " and v.version = q.version where q.organization_id = %(organization)s and q.number is null"
    )
    (said,) = artisan.rows(
        "select m.id, m.account_id, m.chat_id from whatsapp_messages m where m.organization_id = %(organization)s"
        " and m.direction = 'inbound' order by m.received_at desc limit 1"
    )
    return {"artisan": artisan, "quote": issued, "invoice": invoice, "draft": draft, "said": said}


def refused(shop: dict[str, Any], role: str, statement: str, **values: Any) -> psycopg.Error:
    """Runs the statement as the role and returns the database's refusal."""
    artisan: Artisan = shop["artisan"]
    with (
        artisan.stack.as_role(role, artisan.organization_id) as connection,
        pytest.raises((psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege)) as caught,
    ):
        connection.execute(statement.encode(), {"organization": artisan.organization_id, **values})
        connection.execute("set constraints all immediate")
    return caught.value


@pytest.mark.parametrize("role", ROLES)
class TestTheDatabaseRefuses:
    def test_issuing_without_an_approval(self, role: str, shop: dict[str, Any]) -> None:
        refused(
            shop,
            role,
            "update quotes set status = 'issued', number = 'DEVIS-2099-0001', issue_date = now(),"
            " issued_version = version where id = %(id)s",
            id=shop["draft"]["id"],
        )

    def test_issuing_with_the_approval_of_another_document(self, role: str, shop: dict[str, Any]) -> None:
        refused(
            shop,
            role,
            "update quotes set status = 'issued', number = 'DEVIS-2099-0001', issue_date = now(), issued_version ="
            " version, issue_approval_id = %(approval)s, issue_approval_kind = 'issue' where id = %(id)s",
            id=shop["draft"]["id"],
            approval=shop["quote"]["issue_approval_id"],
        )

    def test_a_status_that_only_issue_gives(self, role: str, shop: dict[str, Any]) -> None:
        for status in ("issued", "sent", "accepted"):
            refused(shop, role, "update quotes set status = %(s)s where id = %(id)s", s=status, id=shop["draft"]["id"])

    def test_a_message_to_a_client_without_an_approval(self, role: str, shop: dict[str, Any]) -> None:
        row = "insert into outbox (id, organization_id, account_id, recipient, to_phone, body"
        values = "values (gen_random_uuid(), %(organization)s, %(account)s, 'client', '+33600000001', 'x'"
        account = shop["said"]["account_id"]
        refused(shop, role, f"{row}) {values})", account=account)
        quote = shop["quote"]
        refused(
            shop,
            role,
            f"{row}, document_id, document_version, approval_id, approval_kind)"
            f" {values}, %(document)s, %(version)s, %(approval)s, 'issue')",
            account=account,
            document=quote["id"],
            version=quote["version"],
            approval=quote["issue_approval_id"],
        )
        refused(
            shop,
            role,
            f"{row}, document_id, document_version, approval_id, approval_kind)"
            f" {values}, %(document)s, %(version)s, %(approval)s, 'send')",
            account=account,
            document=quote["id"],
            version=quote["version"],
            approval=quote["issue_approval_id"],
        )

    def test_a_message_to_the_artisan_becoming_one_to_a_client(self, role: str, shop: dict[str, Any]) -> None:
        refused(shop, role, "update outbox set recipient = 'client' where organization_id = %(organization)s")

    def test_an_approval_by_a_message_older_than_the_recap(self, role: str, shop: dict[str, Any]) -> None:
        # The last message is the one that asked for the draft: it came before its recap.
        error = refused(shop, role, APPROVE, **approval_of(shop, shop["said"]["id"]))
        assert "older than the recap" in str(error)

    def test_an_approval_of_a_version_that_was_not_shown(self, role: str, shop: dict[str, Any]) -> None:
        artisan: Artisan = shop["artisan"]
        with artisan.stack.as_role(role, artisan.organization_id) as connection:
            connection.execute(
                "insert into document_versions (id, organization_id, document_kind, document_id, version, payload_hash,"
                " snapshot) values (gen_random_uuid(), %(organization)s, 'quote', %(document)s, 77, 'h', '{}')",
                {"organization": artisan.organization_id, "document": shop["draft"]["id"]},
            )
            values = approval_of(shop, shop["said"]["id"]) | {"version": 77, "hash": "h"}
            with pytest.raises(psycopg.errors.CheckViolation, match="before its recap was shown"):
                connection.execute(APPROVE, values)

    def test_an_approval_with_another_hash(self, role: str, shop: dict[str, Any]) -> None:
        refused(shop, role, APPROVE, **approval_of(shop, shop["said"]["id"]) | {"hash": "0" * 64})

    def test_an_approval_by_a_customers_message(self, role: str, shop: dict[str, Any]) -> None:
        artisan: Artisan = shop["artisan"]
        artisan.say_as_customer(phone := new_phone(), "ok")
        (message,) = artisan.stack.rows(
            "select m.id from whatsapp_messages m join whatsapp_chats c on c.id = m.chat_id"
            " where c.attendee_phone = %(phone)s",
            phone=phone,
        )
        error = refused(shop, role, APPROVE, **approval_of(shop, message["id"]))
        assert "gives no orders" in str(error) or isinstance(error, psycopg.errors.ForeignKeyViolation)

    def test_an_approval_by_our_own_message(self, role: str, shop: dict[str, Any]) -> None:
        artisan: Artisan = shop["artisan"]
        (message,) = artisan.rows(
            "select id from whatsapp_messages where organization_id = %(organization)s and direction = 'outbound'"
            " order by received_at desc limit 1"
        )
        assert "gives no orders" in str(refused(shop, role, APPROVE, **approval_of(shop, message["id"])))

    def test_changing_an_approval(self, role: str, shop: dict[str, Any]) -> None:
        refused(
            shop, role, "update approvals set kind = 'send' where id = %(id)s", id=shop["quote"]["issue_approval_id"]
        )

    def test_removing_the_approval_of_an_issued_document(self, role: str, shop: dict[str, Any]) -> None:
        refused(shop, role, "delete from approvals where id = %(id)s", id=shop["quote"]["issue_approval_id"])

    @pytest.mark.parametrize(
        "change",
        [
            "total = total + 1",
            "subtotal = 0",
            "number = 'FACT-2099-0001'",
            "number = null",
            "status = 'draft'",
            "issue_date = issue_date - 1",
            "snapshot = '{}'",
            "client_id = null",
            "type = 'deposit'",
        ],
    )
    def test_changing_an_issued_invoice(self, role: str, change: str, shop: dict[str, Any]) -> None:
        refused(shop, role, f"update invoices set {change} where id = %(id)s", id=shop["invoice"]["id"])

    def test_deleting_an_issued_invoice_or_its_lines(self, role: str, shop: dict[str, Any]) -> None:
        invoice = shop["invoice"]["id"]
        refused(shop, role, "delete from invoices where id = %(id)s", id=invoice)
        refused(shop, role, "delete from invoice_items where invoice_id = %(id)s", id=invoice)
        refused(shop, role, "update invoice_items set unit_price = 1 where invoice_id = %(id)s", id=invoice)
        refused(
            shop,
            role,
            "insert into invoice_items (id, organization_id, invoice_id, position, description, chat_label, said)"
            " values (gen_random_uuid(), %(organization)s, %(id)s, 9, 'x', 'x', 'x')",
            id=invoice,
        )

    def test_moving_a_line_out_of_an_issued_invoice(self, role: str, shop: dict[str, Any]) -> None:
        artisan: Artisan = shop["artisan"]
        with artisan.stack.as_role(role, artisan.organization_id) as connection:
            draft = connection.execute(
                "insert into invoices (id, organization_id) values (gen_random_uuid(), %s) returning id",
                (artisan.organization_id,),
            ).fetchone()
            assert draft is not None
            with pytest.raises(psycopg.errors.CheckViolation):
                connection.execute(
                    "update invoice_items set invoice_id = %s where invoice_id = %s",
                    (draft["id"], shop["invoice"]["id"]),
                )

    def test_another_number_for_a_quote(self, role: str, shop: dict[str, Any]) -> None:
        quote = shop["quote"]["id"]
        refused(shop, role, "update quotes set number = 'DEVIS-2099-0009' where id = %(id)s", id=quote)
        refused(shop, role, "update quotes set number = null, status = 'draft' where id = %(id)s", id=quote)
        refused(shop, role, "delete from quotes where id = %(id)s", id=quote)

    def test_the_same_number_twice(self, role: str, shop: dict[str, Any]) -> None:
        refused(
            shop,
            role,
            "insert into invoices (id, organization_id, number) values (gen_random_uuid(), %(organization)s, %(n)s)",
            n=shop["invoice"]["number"],
        )


def test_another_company_sees_nothing(shop: dict[str, Any], stack: Stack) -> None:
    stranger = Artisan(stack)
    with stack.as_role("usta_app", stranger.organization_id) as connection:
        for table in ("quotes", "invoices", "approvals", "outbox", "clients", "whatsapp_messages", "document_versions"):
            statement = f"select 1 from {table} where organization_id = %s"
            assert connection.execute(statement.encode(), (shop["artisan"].organization_id,)).fetchall() == []


def test_a_stranger_cannot_approve(shop: dict[str, Any], stack: Stack) -> None:
    """A message of one company's artisan approves nothing of another's, even where rows are visible to both."""
    stranger = Artisan(stack)
    stranger.say("bonjour")
    (message,) = stranger.rows(
        "select id from whatsapp_messages where organization_id = %(organization)s and direction = 'inbound'"
    )
    assert "gives no orders" in str(refused(shop, "usta_system", APPROVE, **approval_of(shop, message["id"])))


APPROVE = (
    "insert into approvals (id, organization_id, document_kind, document_id, version, payload_hash,"
    " inbound_message_id, kind) values (gen_random_uuid(), %(organization)s, 'quote', %(document)s, %(version)s,"
    " %(hash)s, %(message)s, 'issue')"
)


def approval_of(shop: dict[str, Any], message_id: object) -> dict[str, Any]:
    draft = shop["draft"]
    return {
        "organization": shop["artisan"].organization_id,
        "document": draft["id"],
        "version": draft["version"],
        "hash": draft["payload_hash"],
        "message": message_id,
    }
