import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.understanding.tool_schemas import command_from_call, schemas_for, specs
from tools.commands import Command
from tools.registry import offered_to_models


def test_every_schema_is_strict() -> None:
    for schema in schemas_for(None):
        parameters = schema["function"]["parameters"]
        assert schema["function"]["strict"] is True
        assert parameters["additionalProperties"] is False
        assert parameters["required"] == list(parameters["properties"])
        assert all("null" in p["type"] for p in parameters["properties"].values())
        assert convert_to_openai_tool(schema, strict=True) == schema


def test_the_model_sees_the_tools_that_exist_with_their_arguments() -> None:
    offered = {tool.name: tool for tool in offered_to_models()}
    assert set(specs()) == set(offered)
    for spec in specs().values():
        assert set(spec.arguments) == set(offered[spec.name].args.model_fields), spec.name


def test_no_tool_can_issue() -> None:
    assert not {"issue_document", "generate_pdf"} & set(specs())


def test_a_workflow_sees_its_tools() -> None:
    client = {schema["function"]["name"] for schema in schemas_for("client")}
    assert "update_client" in client
    assert "start_document" in client
    assert "add_line_item" not in client
    assert len(schemas_for("quote")) == len(specs())


@pytest.mark.parametrize(("given", "kept"), [(12, "12"), (12.50, "12.5"), ("12,5", "12.5"), ("1250.00", "1250")])
def test_numbers_become_plain_strings(given: object, kept: str) -> None:
    command = command_from_call("add_line_item", {"description": "dalle", "quantity": given})
    assert isinstance(command, Command)
    assert command.args == {"description": "dalle", "quantity": kept}


def test_null_spellings_are_left_out() -> None:
    command = command_from_call(
        "add_line_item", {"description": "dalle", "quantity": "null", "unit": "", "total": None}
    )
    assert isinstance(command, Command)
    assert command.args == {"description": "dalle"}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("send_money", {"amount": "100"}),
        ("confirm", {"gate": "everything"}),
        ("add_line_item", {"description": "dalle", "unit_price": "cent"}),
        ("add_line_item", {"description": "dalle", "unit_price": "-5"}),
        ("add_line_item", {"description": "dalle", "unit_price": "NaN"}),
        ("add_line_item", {"description": "dalle", "organization_id": "other"}),
        ("set_vat", {"rate": "19"}),
        ("set_dates", {"service_date": "hier"}),
        ("set_dates", {"service_month": "novembre"}),
    ],
)
def test_bad_calls_are_explained(name: str, arguments: dict[str, object]) -> None:
    problem = command_from_call(name, arguments)
    assert isinstance(problem, str)
    assert name in problem
