"""Finds the guarding conditions of a module and writes the module again with one of them gone."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

GONE = {ast.And: "True", ast.Or: "False"}  # what a clause is replaced by, so that the rest decides alone


@dataclass(frozen=True, slots=True)
class Mutant:
    """One module with one condition gone: where it stood, what it said, and the whole changed text."""

    path: str
    line: int
    function: str
    said: str
    says: str
    text: str
    place: int = 1  # of its kin in the function, from the top

    @property
    def name(self) -> str:
        """Return what tells it from every other, whatever line it stands on."""
        again = f" ({self.place})" if self.place > 1 else ""
        return f"{self.path}:{self.function}: {self.said} -> {self.says}{again}"


def mutants_of(path: str, *, root: Path) -> list[Mutant]:
    """Return a mutant for every `if` whose condition never holds, and for every clause of `and` and `or` left out."""
    text = (root / path).read_text(encoding="utf-8")
    tree = ast.parse(text)
    seen: Counter[str] = Counter()
    found = []
    for node, says, function in _guards(tree, ""):
        mutant = _mutant(path, text, node, says, function)
        seen[mutant.name] += 1
        found.append(replace(mutant, place=seen[mutant.name]))
    return found


def constant_mutants(path: str, always: str, *, root: Path) -> list[Mutant]:
    """Return a mutant for each condition constant of the module up to its key conditions: it holds whatever is there.

    `always` is an expression that always holds, in the language of the constants.
    """
    text = (root / path).read_text(encoding="utf-8")
    found = []
    for node in ast.parse(text.split("# Key conditions.")[0]).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            said = node.value.value
            found.append(_mutant(path, text, node.value, repr(f"{said} OR {always}"), ast.unparse(node.targets[0])))
    return found


def _guards(tree: ast.AST, function: str) -> Iterator[tuple[ast.expr, str, str]]:
    for node in ast.iter_child_nodes(tree):
        inside = node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else function
        if isinstance(node, ast.Assert):
            continue  # states what cannot happen
        if isinstance(node, ast.If) and not _is_typing_only(node.test):
            yield node.test, "False", inside
        for test in _tests(node):
            yield from ((value, says, inside) for value, says in _clauses(test))
        yield from _guards(node, inside)


def _tests(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what is asked as yes or no: `a or ""` in a value is a default and guards nothing."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield test
        case ast.comprehension(ifs=tests):
            yield from tests
        case ast.FunctionDef(returns=ast.Name(id="bool"), body=body):
            yield from (one.value for one in body if isinstance(one, ast.Return) and one.value)


def _clauses(test: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield value, GONE[type(test.op)]
            yield from _clauses(value)


def _is_typing_only(test: ast.expr) -> bool:
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _mutant(path: str, text: str, node: ast.expr, says: str, function: str) -> Mutant:
    lines = text.encode().splitlines(keepends=True)  # offsets of the syntax tree count bytes
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    first, last = node.lineno - 1, node.end_lineno - 1
    before = b"".join(lines[:first]) + lines[first][: node.col_offset]
    after = lines[last][node.end_col_offset :] + b"".join(lines[last + 1 :])
    changed = before + says.encode() + after
    return Mutant(path, node.lineno, function, " ".join(ast.unparse(node).split()), says, changed.decode())
