"""Every expression is one that the service takes, and every one runs."""

import ast
import re
from pathlib import Path

import pytest

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.client import client
from tests.adapters.dynamodb_grammar import (
    GrammarError,
    check_condition,
    check_key_condition,
    check_statement,
    check_update,
)
from tests.tables import Tables

ADAPTERS = Path(expressions.__file__).parents[1]
CONDITIONS = (
    "ABSENT",
    "VERSION_IS_HELD",
    "ALIAS_IS_FREE_OR_SAME",
    "CURSOR_MOVES_ON",
    "SWEEP_MOVES_ON",
    "NAME_IS_NEWER",
    "ADDRESS_IS_NEWER",
    "ROOM_IS_LEFT",
    "ROOM_FOR_A_GRANT",
    "QUARANTINED_AS_READ",
    "REDRIVE_IS_OURS",
)
PRIORS = ("PRIORS_ARE_NEWER",)
NAMES = {"ADDRESS_IS_NEWER": {"#told_at": "phone_at"}}  # that stand behind # in conditions
KEY_CONDITIONS = {
    "CARS_OF_A_REMINDER_DAY": ("vehicles", "by_reminder"),
    "OPEN_CONTACTS_OF_A_PERSON": ("contacts", "open_by_person"),
    "RESERVED_CONTACTS_OF_A_GROUP": ("contacts", "by_group"),
    "DUE_BY_AN_INSTANT": ("contacts", "by_due"),
    "OWNERS_OF_A_STORE": ("owners", "by_store"),
    "FACTS_OF_A_PERSON": ("owners", None),
    "PARTS_OF_A_PERSON": ("owners", None),
    "PRESENCE_OF_A_CAR": ("vehicles", None),
    "OPEN_CASES": ("cases", "open_by_store"),
    "EVIDENCE_OF_A_MONTH": ("workshop", None),
    "PARTS_OF_AN_ACCOUNT": ("points", None),
    "QUARANTINED_ON_A_DAY": ("quarantine", None),
    "ACCOUNTS_LAPSING": ("points", "by_expiry"),
    "ACCOUNTS_WITH_POINTS": ("points", "by_expiry"),
}
FILTERS = ("VEHICLE_ITEMS",)
UPDATES = {  # the names that stand behind #
    "KEEP_ADDRESS": {"#address": "phone", **expressions.ADDRESS_NAMES},
    "REMEMBER_ADDRESS": {"#address": "phone", "#told_at": "phone_at", **expressions.ADDRESS_NAMES},
    "TAKE_FROM_STOCK": expressions.STOCK_NAMES,
    "TAKE_A_GRANT": expressions.GRANT_NAMES,
    "MEND_QUARANTINED": {},
    "START_REDRIVE": {},
    "END_REDRIVE": {},
}
STATEMENTS = [
    make("Vehicles", with_reminder=with_reminder)
    for make in (expressions.insert_vehicle, expressions.update_vehicle)
    for with_reminder in (True, False)
]
STATEMENTS += [expressions.insert_presence("Vehicles"), expressions.widen_presence("Vehicles")]
NUMBERS = frozenset(
    {":held", ":version", ":schema", ":limit", ":quantity", ":granted_max", ":spent_max", ":one", ":cost"}
)


def test_every_expression_is_checked_here() -> None:
    texts = {name for name, value in vars(expressions).items() if name.isupper() and isinstance(value, str)}

    assert texts - {"REMINDER"} == {*CONDITIONS, *PRIORS, *KEY_CONDITIONS, *FILTERS, *UPDATES}


@pytest.mark.parametrize("name", [*CONDITIONS, *PRIORS, *FILTERS])
def test_conditions_are_in_the_grammar(name: str) -> None:
    check_condition(getattr(expressions, name))


@pytest.mark.parametrize("name", KEY_CONDITIONS)
def test_key_conditions_are_in_the_grammar(name: str) -> None:
    check_key_condition(getattr(expressions, name))


@pytest.mark.parametrize("name", UPDATES)
def test_updates_are_in_the_grammar(name: str) -> None:
    check_update(getattr(expressions, name))


@pytest.mark.parametrize("text", STATEMENTS)
def test_statements_are_in_the_grammar(text: str) -> None:
    check_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "version = :held + :one",
        "state = :state",
        "version = 3",
        "version <> <> :held",
        "a = :a AND",
        "size(a) = size(b) + 1",
    ],
)
def test_the_grammar_refuses_what_the_service_refuses_in_a_condition(text: str) -> None:
    with pytest.raises(GrammarError):
        check_condition(text)


@pytest.mark.parametrize(
    "text", ["SET a = :a SET b = :b", "SET a = :a, a.b = :b", "SET a = :a REMOVE a", "SET name = :n"]
)
def test_the_grammar_refuses_what_the_service_refuses_in_an_update(text: str) -> None:
    with pytest.raises(GrammarError):
        check_update(text)


@pytest.mark.parametrize("text", ["a > :a", "a = :a AND b <> :b", "a = :a OR b = :b", "a = :a AND b = :b AND c = :c"])
def test_the_grammar_refuses_what_the_service_refuses_in_a_key_condition(text: str) -> None:
    with pytest.raises(GrammarError):
        check_key_condition(text)


@pytest.mark.parametrize(
    "text",
    [
        'UPDATE "T" SET a=? WHERE "pk"=? AND "sk"=?',
        'UPDATE "T" SET "a"=? SET "a"=? WHERE "pk"=? AND "sk"=?',
        'UPDATE "T" SET "a"=? WHERE "pk"=?',
        'UPDATE "T" SET "pk"=? WHERE "pk"=? AND "sk"=?',
        "INSERT INTO \"T\" VALUE {'pk': ?}",
        'DELETE FROM "T" WHERE "pk"=?',
    ],
)
def test_the_grammar_refuses_what_we_never_say_in_partiql(text: str) -> None:
    with pytest.raises(GrammarError):
        check_statement(text)


def test_expressions_stand_in_their_one_module() -> None:
    telling = re.compile(r"attribute_(not_)?exists|begins_with\(|\b(SET|REMOVE|WHERE)\b|\w\s*(=|<|>)\s*:\w")
    strays = [
        f"{path.name}: {node.value}"
        for path in ADAPTERS.rglob("*.py")
        if path.name != "expressions.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and telling.search(node.value)
        if "\n" not in node.value  # docstrings explain; an expression is one line
    ]

    assert strays == []


def test_every_expression_runs_on_moto(tables: Tables) -> None:
    run_all(tables)


@pytest.mark.emulator
def test_every_expression_runs_on_the_local_cloud(emulated_tables: Tables) -> None:
    run_all(emulated_tables)


def run_all(tables: Tables) -> None:
    for name in (*CONDITIONS, *PRIORS):
        condition = getattr(expressions, name)
        for _ in ("on nothing", "on the item that the first wrote"):
            put_if(tables.vehicles, name, condition)
    for name, (table, index) in KEY_CONDITIONS.items():
        condition = getattr(expressions, name)
        request = {"TableName": getattr(tables, table), "KeyConditionExpression": condition}
        request |= {"IndexName": index} if index else {}
        assert client("dynamodb").query(**request, **placeholders(condition))["Count"] == 0
    for name in FILTERS:
        condition = getattr(expressions, name)
        client("dynamodb").scan(TableName=tables.vehicles, FilterExpression=condition, **placeholders(condition))
    for name, names in UPDATES.items():
        update = getattr(expressions, name)
        key = {"pk": {"S": "p"}, "sk": {"S": "s"}}
        request = {"TableName": tables.vault, "Key": key, "UpdateExpression": update}
        request |= {"ExpressionAttributeNames": names} if names else {}
        client("dynamodb").update_item(**request, **placeholders(update))


def put_if(table: str, name: str, condition: str) -> None:
    item = {"pk": {"S": name}, "sk": {"S": "s"}, "version": {"N": "1"}}
    request = {"TableName": table, "Item": item, "ConditionExpression": condition, **placeholders(condition)}
    request |= {"ExpressionAttributeNames": NAMES[name]} if name in NAMES else {}
    try:
        client("dynamodb").put_item(**request)
    except client("dynamodb").exceptions.ConditionalCheckFailedException:
        return


def placeholders(text: str) -> dict[str, dict[str, dict[str, str]]]:
    values = {name: {"N": "1"} if name in NUMBERS else {"S": "x"} for name in re.findall(r":\w+", text)}
    return {"ExpressionAttributeValues": values} if values else {}
