import json
import re

import pytest
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.understanding.stages import STAGES, Stage, stage_of
from agent.understanding.tool_schemas import command_from_call, schemas_for, specs
from prompts.catalogue import about_tokens
from prompts.understanding.loading import system_prompt
from tools.commands import Command, DialogueContext
from tools.registry import offered_to_models

OURS_ALONE = {"update_line_item": {"doubt"}}
"""Arguments that the grammar sets and no model is offered."""


@pytest.mark.parametrize("stage", STAGES)
def test_every_schema_is_strict(stage: Stage) -> None:
    for schema in schemas_for(stage):
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
        ours = OURS_ALONE.get(spec.name, set())
        assert set(spec.arguments) == set(offered[spec.name].args.model_fields) - ours, spec.name


def test_no_tool_can_issue() -> None:
    assert not {"issue_document", "generate_pdf"} & set(specs())


def names(stage: Stage) -> set[str]:
    return {schema["function"]["name"] for schema in schemas_for(stage)}


def arguments(stage: Stage, tool: str) -> set[str]:
    (schema,) = (schema for schema in schemas_for(stage) if schema["function"]["name"] == tool)
    return set(schema["function"]["parameters"]["properties"])


def test_a_stage_sees_its_tools() -> None:
    assert {"start_document", "add_line_item", "record_payment"} <= names("start")
    assert "update_line_item" not in names("start")
    assert {"update_line_item", "remove_line_item", "confirm"} <= names("quote") & names("invoice")
    assert "set_progress" in names("invoice") - names("quote")
    assert {"create_client", "lookup_siret", "add_line_item"} <= names("client")
    assert "add_line_item" not in names("company")


def test_a_tool_shows_all_its_arguments_only_where_the_stage_is_about_it() -> None:
    assert arguments("company", "update_company") == set(specs()["update_company"].arguments)
    assert arguments("client", "update_client") == set(specs()["update_client"].arguments)
    assert {"siret", "insurer_name"} < arguments("start", "update_company") < arguments("company", "update_company")


def test_every_tool_is_offered_somewhere_or_left_to_the_grammar_on_purpose() -> None:
    offered = {name for stage in STAGES for name in names(stage)}
    assert set(specs()) - offered == {*("release_retention", "resume_bot", "set_voice_replies", "show_transcript")}


@pytest.mark.parametrize(
    ("context", "stage"),
    [
        ({}, "start"),
        ({"workflow": "ask"}, "start"),
        ({"workflow": "quote", "awaiting": "slot:lines"}, "quote"),
        ({"workflow": "invoice"}, "invoice"),
        ({"workflow": "client", "awaiting": "slot:client.siret"}, "client"),
        ({"workflow": "quote", "awaiting": "slot:company.siret"}, "company"),
    ],
)
def test_the_stage_of_a_conversation(context: dict[str, str], stage: Stage) -> None:
    assert stage_of(DialogueContext(**context)) == stage


@pytest.mark.parametrize("stage", STAGES)
def test_prompt_and_tools_of_a_stage_fit_a_small_model(stage: Stage) -> None:
    """At most 6000 tokens, by the characters-per-token of ``prompts.catalogue``: room for the message in 8192."""
    tools = json.dumps(schemas_for(stage), ensure_ascii=False, separators=(",", ":"))
    assert about_tokens(system_prompt(stage)) + about_tokens(tools) <= 6000


@pytest.mark.parametrize("stage", STAGES)
def test_the_examples_of_a_stage_are_in_both_languages_and_use_its_tools(stage: Stage) -> None:
    examples = system_prompt(stage).partition("Examples")[2]
    assert '"language":"fr"' in examples
    assert '"language":"tr"' in examples
    called = re.findall(r"^(?!context|message)(.*)$", examples, re.MULTILINE)
    for line in called:
        for name, given in re.findall(r"([a-z_]+) (\{.*?\})", line):
            assert name in names(stage)
            assert isinstance(command_from_call(name, json.loads(given)), Command), line
            assert set(json.loads(given)) <= arguments(stage, name)


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
