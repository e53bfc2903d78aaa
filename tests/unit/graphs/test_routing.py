"""Where one turn's commands are cut into workflow runs."""

import pytest

from graphs.shared.routing import in_order, split, workflow_of
from tools.commands import Command


def commands(*names):
    made = []
    for name in names:
        name, _, kind = name.partition(":")
        made.append(Command(name=name, args={"kind": kind} if kind else {}))
    return made


def cut(names, **where):
    mine, rest = split(commands(*names), **where)
    return [c.name for c in mine], [c.name for c in rest]


@pytest.mark.parametrize(
    ("name", "workflow"),
    [
        ("start_document:quote", "quote"),
        ("start_document:invoice", "invoice"),
        ("link_quote", "invoice"),
        ("add_line_item", "quote"),
        ("create_client", "client"),
        ("list_documents", "ask"),
        ("confirm", "ask"),
    ],
)
def test_the_workflow_of_a_command(name, workflow):
    assert workflow_of(commands(name)[0]) == workflow


def test_an_order_for_a_document_leaves_the_question_room():
    assert cut(["start_document:quote", "add_line_item"], workflow="ask", run_is_fresh=True) == (
        [],
        ["start_document", "add_line_item"],
    )


def test_a_fresh_run_takes_one_document_and_hands_the_next_one_on():
    names = ["start_document:quote", "select_client", "add_line_item", "start_document:invoice", "add_line_item"]
    mine, rest = cut(names, workflow="quote", run_is_fresh=True)
    assert mine == ["start_document", "select_client", "add_line_item"]
    assert rest == ["start_document", "add_line_item"]


def test_a_running_draft_keeps_its_lines_and_hands_a_new_order_on():
    assert cut(["add_line_item", "start_document:invoice"], workflow="quote", run_is_fresh=False) == (
        ["add_line_item"],
        ["start_document"],
    )


def test_turkish_says_the_client_first():
    assert [c.name for c in in_order(commands("select_client", "start_document:quote"), nothing_open=False)] == [
        "start_document",
        "select_client",
    ]
    lines_first = commands("add_line_item", "select_client", "start_document:quote")
    assert in_order(lines_first, nothing_open=True)[0].name == "start_document"
    assert in_order(lines_first, nothing_open=False)[0].name == "add_line_item"


def test_each_turkish_order_keeps_its_own_client():
    """ "Arnaud'ya devis …, Chevalier'ye devis …": the second client is not put on the first quote."""
    said = commands(
        "select_client",
        "start_document:quote",
        "add_line_item",
        "select_client",
        "start_document:quote",
        "add_line_item",
    )
    said[0].args, said[3].args = {"name": "Arnaud"}, {"name": "Chevalier"}
    ordered = in_order(said, nothing_open=True)
    assert [c.args.get("name") or c.name for c in ordered] == [
        "start_document", "Arnaud", "add_line_item", "start_document", "Chevalier", "add_line_item",
    ]  # fmt: skip
    french = commands("start_document:invoice", "select_client", "start_document:quote", "select_client")
    assert in_order(french, nothing_open=True) == french
    assert in_order([], nothing_open=True) == []


def test_a_name_in_a_question_starts_no_document():
    """ "Vidal il a accepté son devis ?": also with a draft open, whose client stays."""
    where = {"workflow": "ask", "run_is_fresh": True}
    assert cut(["get_document", "select_client"], **where) == (["get_document"], [])
    assert cut(["get_document", "select_client"], workflow="quote", run_is_fresh=False) == (["get_document"], [])
    assert cut(["get_document", "start_document:quote", "select_client"], **where)[1] != []


def test_a_fact_with_its_client_begins_no_document_while_a_card_is_written():
    said = commands("select_client", "update_client")
    said[0].args, said[1].args = {"name": "Boréal"}, {"siret": "53987412300026"}
    mine, rest = split(said, workflow="client", run_is_fresh=True)
    assert [(c.name, c.args) for c in mine] == [("update_client", {"name": "Boréal", "siret": "53987412300026"})]
    assert rest == []


def test_two_cards_in_one_order():
    mine, rest = cut(["create_client", "select_client", "update_client"], workflow="client", run_is_fresh=True)
    assert (mine, rest) == (["create_client", "create_client", "update_client"], [])


def test_a_finished_document_is_edited_but_a_new_line_begins_another():
    assert cut(["update_line_item", "set_discount"], workflow="quote", run_is_fresh=False, closed=True)[1] == []
    assert cut(["select_client", "add_line_item"], workflow="quote", run_is_fresh=False, closed=True) == (
        [],
        ["select_client", "add_line_item"],
    )


def test_an_invoice_order_takes_its_quote_along():
    assert cut(["start_document:invoice", "link_quote"], workflow="invoice", run_is_fresh=True)[1] == []
