"""What the database itself refuses, whoever asks: direct SQL as the application's roles (DESIGN §7)."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack, new_phone

ROLES = ["usta_app", "usta_system"]


@pytest.fixture(scope="module")
def shop(stack: Stack) -> dict[str, Any]:
    """A company with an issued quote, an issued invoice and a draft that was shown, for the attempts below."""
    artisan = Artisan(
        stack,
        clients=[{"name": "Mme Garance", "phone": new_phone(), "address": "3 rue A, 69003 Lyon"}, {"name": "M. Noé"}],
    )
    artisan.say("devis pour Mme Garance, pose de carrelage 10 m² à 45")
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

    def test_a_message_to_a_stranger_disguised_as_one_to_the_artisan(self, role: str, shop: dict[str, Any]) -> None:
        refused(
            shop,
            role,
            "insert into outbox (id, organization_id, account_id, recipient, to_phone, body)"
            " values (gen_random_uuid(), %(organization)s, %(account)s, 'artisan', '+33700000000', 'x')",
            account=shop["said"]["account_id"],
        )

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
            " where c.attendee_phone = %(phone)s and m.direction = 'inbound'",
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

    def test_an_approval_by_a_member_who_may_not(self, role: str, shop: dict[str, Any]) -> None:
        for fault in ("agent", "viewer", "suspended", "removed", "stranger"):
            error = refused(shop, role, APPROVE_AS_MEMBER, **member_of(shop, fault))
            assert "may not approve" in str(error), fault

    def test_an_approval_by_a_member_who_is_not_signed_in(self, role: str, shop: dict[str, Any]) -> None:
        for fault in ("signed out", "no session", "session of another"):
            error = refused(shop, role, APPROVE_AS_MEMBER, **member_of(shop, fault))
            assert "not signed in" in str(error), fault

    def test_an_approval_of_a_recap_that_the_member_never_read(self, role: str, shop: dict[str, Any]) -> None:
        values = member_of(shop, None)
        for wrong in ({"hash": "0" * 64}, {"version": values["version"] + 1}, {"document": shop["said"]["id"]}):
            error = refused(shop, role, APPROVE_AS_MEMBER, **values | wrong)
            assert isinstance(error, psycopg.errors.ForeignKeyViolation), wrong

    def test_an_approval_of_nobody_of_two_or_by_no_request(self, role: str, shop: dict[str, Any]) -> None:
        member = member_of(shop, None)
        for wrong in ({"member": None, "session": None, "request": None}, {"request": None}):
            refused(shop, role, APPROVE_AS_MEMBER, **member | wrong)
        both = APPROVE_AS_MEMBER.replace("user_id,", "inbound_message_id, user_id,").replace(
            "%(member)s,", "%(message)s, %(member)s,"
        )
        assert "one_word" in str(refused(shop, role, both, **member | {"message": shop["said"]["id"]}))

    def test_issuing_on_a_members_word_for_sending(self, role: str, shop: dict[str, Any]) -> None:
        artisan: Artisan = shop["artisan"]
        member = member_of(shop, None)
        with artisan.stack.as_role(role, artisan.organization_id) as connection:
            given = connection.execute(APPROVE_AS_MEMBER.replace("'issue'", "'send'").encode(), member)
            assert given.rowcount == 1
            with pytest.raises(psycopg.errors.IntegrityError):
                connection.execute(
                    "update quotes set status = 'issued', number = 'DEVIS-2099-0001', issue_date = now(), issued_version ="
                    " version, issue_approval_id = (select id from approvals where document_id = %(document)s and"
                    " kind = 'send'), issue_approval_kind = 'issue' where id = %(document)s",
                    member,
                )

    def test_a_member_who_may_is_believed(self, role: str, shop: dict[str, Any]) -> None:
        artisan: Artisan = shop["artisan"]
        with artisan.stack.as_role(role, artisan.organization_id) as connection:
            assert connection.execute(APPROVE_AS_MEMBER.encode(), member_of(shop, None)).rowcount == 1
            with pytest.raises(psycopg.errors.CheckViolation, match="never changed"):
                connection.execute("update approvals set user_id = null where document_id = %s", (shop["draft"]["id"],))

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
            "discount = 1",
            "due_date = due_date + 30",
            "vat_breakdown = '[]'",
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


APPROVE_AS_MEMBER = (
    "insert into approvals (id, organization_id, document_kind, document_id, version, payload_hash, kind, user_id,"
    " session_id, request_id) values (gen_random_uuid(), %(organization)s, 'quote', %(document)s, %(version)s, %(hash)s,"
    " 'issue', %(member)s, %(session)s, %(request)s)"
)


def member_of(shop: dict[str, Any], fault: str | None) -> dict[str, Any]:
    """A new member who may approve and is signed in, except for one ``fault``, and his word for the draft."""
    artisan: Artisan = shop["artisan"]
    company: Any = Artisan(artisan.stack).organization_id if fault == "stranger" else artisan.organization_id
    role = fault.upper() if fault in ("agent", "viewer") else "MANAGER"
    add = "insert into users (id, organization_id, role, is_active, removed_at) values (gen_random_uuid(), %(company)s,"
    signed_in = (
        "insert into auth_sessions (id, organization_id, user_id, revoked_at) values (gen_random_uuid(), %(company)s,"
        " %(member)s, case when %(out)s then now() end) returning id"
    )
    rows = artisan.stack.rows
    (member,) = rows(
        f"{add} %(role)s, %(active)s, case when %(gone)s then now() end) returning id",
        company=company,
        role=role,
        active=fault != "suspended",
        gone=fault == "removed",
    )
    (other,) = rows(f"{add} 'OWNER', true, null) returning id", company=company)
    holder = other["id"] if fault == "session of another" else member["id"]
    (session,) = rows(signed_in, company=company, member=holder, out=fault == "signed out")
    return approval_of(shop, None) | {
        "member": member["id"],
        "session": other["id"] if fault == "no session" else session["id"],
        "request": "test",
    }


def approval_of(shop: dict[str, Any], message_id: object) -> dict[str, Any]:
    draft = shop["draft"]
    return {
        "organization": shop["artisan"].organization_id,
        "document": draft["id"],
        "version": draft["version"],
        "hash": draft["payload_hash"],
        "message": message_id,
    }
