"""PartiQL for moto, whose own takes neither repeated SET nor parameters in INSERT and reports no broken condition.

The two shapes of `adapters/dynamodb/expressions.py` are carried out with moto's own conditional PutItem and UpdateItem.
What the statements really mean is tested on the local cloud.
"""

import re
from typing import Any

from moto.dynamodb.exceptions import ConditionalCheckFailed
from moto.dynamodb.models import DynamoDBBackend

_INSERT = re.compile(r"""INSERT INTO "(?P<table>[\w.-]+)" VALUE \{(?P<pairs>.*)\}""")
_UPDATE = re.compile(r"""UPDATE "(?P<table>[\w.-]+)" (?P<actions>.*) WHERE (?P<held>.*)""")
_KEY = ("pk", "sk")


def batch_execute_statement(self: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one response a statement, as the service does: each is carried out on its own."""
    return [_run(self, statement["Statement"], statement["Parameters"]) for statement in statements]


def _run(backend: DynamoDBBackend, text: str, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    if found := _INSERT.fullmatch(text):
        names = re.findall(r"'(\w+)': \?", found["pairs"])
        return _insert(backend, found["table"], dict(zip(names, parameters, strict=True)))
    found = _UPDATE.fullmatch(text)
    assert found, f"not one of our statements: {text}"
    set_names = re.findall(r'SET "(\w+)"=\?', found["actions"])
    removed = re.findall(r'REMOVE "(\w+)"', found["actions"])
    held_names = re.findall(r'"(\w+)"=\?', found["held"])
    values = dict(zip((*set_names, *(f"held {name}" for name in held_names)), parameters, strict=True))
    return _update(backend, found["table"], set_names, removed, values)


def _insert(backend: DynamoDBBackend, table: str, item: dict[str, Any]) -> dict[str, Any]:
    try:
        backend.put_item(
            table,
            item,
            condition_expression="attribute_not_exists(pk)",
            expression_attribute_names={},
            expression_attribute_values={},
        )
    except ConditionalCheckFailed:
        return {"Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}}
    return {"TableName": table}


def _update(
    backend: DynamoDBBackend, table: str, set_names: list[str], removed: list[str], values: dict[str, Any]
) -> dict[str, Any]:
    held = {name.removeprefix("held "): value for name, value in values.items() if name.startswith("held ")}
    conditions = {name: value for name, value in held.items() if name not in _KEY}
    sets = ", ".join(f"#{name} = :{name}" for name in set_names)
    removal = f" REMOVE {', '.join(f'#{name}' for name in removed)}" if removed else ""
    try:
        backend.update_item(
            table,
            {name: held[name] for name in _KEY},
            update_expression=f"SET {sets}{removal}",
            expression_attribute_names={f"#{name}": name for name in (*set_names, *removed, *conditions)},
            expression_attribute_values={
                **{f":{name}": values[name] for name in set_names},
                **{f":held_{name}": value for name, value in conditions.items()},
            },
            condition_expression=" AND ".join(f"#{name} = :held_{name}" for name in conditions),
        )
    except ConditionalCheckFailed:
        return {"Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}}
    return {"TableName": table}
