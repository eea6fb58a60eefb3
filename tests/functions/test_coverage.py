"""Every function's handler runs on the template's stack, and what it leaves there is asserted."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.template.reading import FUNCTIONS, as_list, properties_of, role_statements

HERE = Path(__file__).parent
FOLDERS = {Path(properties_of(function)["CodeUri"]).name: function for function in FUNCTIONS}
# Of a function whose tests are parted: where the others are, and how they call it.
PARTED = {"partner_api": ("test_partner_events", "partner_calls")}

# Calls that tell what is in a table, a queue or the bucket: the stack's own, the adapters', and the clients'.
READS = {"items", "queue", "load", "current", "get_object", "list_objects_v2", "scan", "get_item"}
WRITES = ("PutItem", "UpdateItem", "BatchWriteItem", "SendMessage", "PutEvents", "PutObject", "PartiQL", "Invoke")


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_handler_is_tested_on_the_stack_by_what_it_leaves_there(folder: str) -> None:
    names = (f"test_{folder}", *PARTED.get(folder, ()))
    source = "\n".join((HERE / f"{name}.py").read_text(encoding="utf-8") for name in names)

    assert proving_tests(source, folder, must_read=_may_write(FOLDERS[folder]))


def test_no_test_is_of_a_function_that_is_gone() -> None:
    others = {"test_coverage", "test_samples", *(name for names in PARTED.values() for name in names)}
    named = {path.stem.removeprefix("test_") for path in HERE.glob("test_*.py") if path.stem not in others}

    assert named == set(FOLDERS)


def test_a_test_that_looks_only_at_the_answer_does_not_count() -> None:
    source = """
def called(stack):
    stack.items("OwnersTable")
    with function(stack, "settle_priors") as app:
        return app.handler({}, None)

def test_it_answers(stack):
    assert called(stack) is None
"""

    assert proving_tests(source, "settle_priors", must_read=False) == ["test_it_answers"]
    assert proving_tests(source, "settle_priors", must_read=True) == []
    assert proving_tests(source, "write_lake", must_read=False) == []


def test_a_test_that_asserts_on_what_it_read_counts() -> None:
    source = """
def left(stack):
    return [item for item in stack.items("OwnersTable")]

def test_it_leaves_an_owner(stack):
    with function(stack, "enrol_owners") as app:
        app.handler({}, None)
    (owner,) = left(stack)
    name = owner["name"]

    assert name == "n"
"""

    assert proving_tests(source, "enrol_owners", must_read=True) == ["test_it_leaves_an_owner"]


def proving_tests(source: str, folder: str, *, must_read: bool) -> list[str]:
    """Return the tests that call the handler of a folder on the stack and, if they must, assert on what they read."""
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    return [
        name
        for name, test in functions.items()
        if name.startswith("test_")
        and _calls_handler(_with_helpers(test, functions), folder)
        and (_asserts_on_reads(test, functions) or not must_read)
    ]


def _calls_handler(nodes: Iterable[ast.AST], folder: str) -> bool:
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    is_entered = any(_called(call) == "function" and folder in map(_text, call.args) for call in calls)
    return is_entered and any(_called(call) == "handler" for call in calls)


def _asserts_on_reads(test: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> bool:
    read: set[str] = set()
    for node in ast.walk(test):
        if isinstance(node, ast.Assign) and _tells(node.value, read, functions):
            read |= {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    return any(_tells(node.test, read, functions) for node in ast.walk(test) if isinstance(node, ast.Assert))


def _tells(node: ast.expr, read: set[str], functions: dict[str, ast.FunctionDef]) -> bool:
    """Return whether an expression's value comes from the stack: it reads, or uses what was read."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in read:
            return True
        if isinstance(part, ast.Call) and (_called(part) in READS or _returns_reads(_called(part), functions)):
            return True
    return False


def _returns_reads(name: str, functions: dict[str, ast.FunctionDef]) -> bool:
    if name not in functions:
        return False
    others = {key: value for key, value in functions.items() if key != name}
    has_handler = any(isinstance(part, ast.Call) and _called(part) == "handler" for part in ast.walk(functions[name]))
    return not has_handler and any(
        isinstance(part, ast.Call) and (_called(part) in READS or _returns_reads(_called(part), others))
        for part in ast.walk(functions[name])
    )


def _with_helpers(function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> list[ast.AST]:
    """Return the nodes of a function, of the fixtures it names and of the helpers it calls."""
    nodes: list[ast.AST] = []
    waiting, seen = [function], {function.name}
    while waiting:
        here = list(ast.walk(waiting.pop()))
        nodes += here
        named = {node.arg for node in here if isinstance(node, ast.arg)}
        named |= {_called(node) for node in here if isinstance(node, ast.Call)}
        waiting += [functions[name] for name in named & set(functions) - seen]
        seen |= named
    return nodes


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _text(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _may_write(function: str) -> bool:
    actions = [action for statement in role_statements(function) for action in as_list(statement["Action"])]
    return any(write in action for action in actions if not action.startswith("logs:") for write in WRITES)
