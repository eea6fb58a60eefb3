"""The grammar of DynamoDB's expressions and of our PartiQL, as the developer guide prints it, and nothing beyond.

The emulators are lenient: they take arithmetic in conditions, reserved words and overlapping paths, which the service
refuses. Guide: Expressions.OperatorsAndFunctions, Expressions.UpdateExpressions, ql-reference.update, .insert.
"""

import re

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.adapters.grammar_reader import GrammarError, Reader

_COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})

_TESTS = {"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2}

_KEY_COMPARATORS = _COMPARATORS - {"<>"}

_WORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})


def check_condition(text: str) -> None:
    """Refuse what is not a condition or filter expression."""
    reader = Reader(text)
    _or(reader)
    reader.end()


def check_key_condition(text: str) -> None:
    """Refuse what is not `key = :value`, with at most one test of the sort key behind AND."""
    reader = Reader(text)
    _path(reader)
    reader.take("=")
    _value(reader)
    if reader.is_next("AND"):
        reader.take()
        _sort_key(reader)
    reader.end()


def check_update(text: str) -> None:
    """Refuse what is not an update expression, and one that touches a path twice."""
    reader = Reader(text)
    seen: set[str] = set()
    while reader.next:
        clause = reader.take("SET", "REMOVE", "ADD", "DELETE")
        if clause.upper() in seen:
            raise GrammarError(f"{text}: {clause} stands twice")
        seen.add(clause.upper())
        _actions(reader, clause.upper())
    touched = reader.paths
    for n, path in enumerate(touched):
        for other in touched[n + 1 :]:
            shorter = min(len(path), len(other))
            if path[:shorter] == other[:shorter]:
                raise GrammarError(f"{text}: {path} and {other} overlap")


def check_statement(text: str) -> None:
    """Refuse what is not one of the two documented statements, its names in quotes and its values parameters."""
    reader = Reader(text)
    match reader.take("INSERT", "UPDATE").upper():
        case "INSERT":
            _insert(reader)
        case _:
            _update(reader)
    reader.end()


def _insert(reader: Reader) -> None:
    reader.take("INTO")
    _quoted(reader, '"')
    reader.take("VALUE")
    reader.take("{")
    names = [_pair(reader)]
    while reader.is_next(","):
        reader.take()
        names.append(_pair(reader))
    reader.take("}")
    if len(set(names)) != len(names) or not {"pk", "sk"} <= set(names):
        raise GrammarError(f"{reader.text}: each name once, and the key among them")


def _pair(reader: Reader) -> str:
    name = _quoted(reader, "'")
    reader.take(":")
    reader.take("?")
    return name


def _update(reader: Reader) -> None:
    _quoted(reader, '"')
    touched: list[str] = []
    while reader.is_next("SET", "REMOVE"):
        action = reader.take().upper()
        touched.append(_quoted(reader, '"'))
        if action == "SET":
            reader.take("=")
            reader.take("?")
    reader.take("WHERE")
    held = [_held(reader)]
    while reader.is_next("AND"):
        reader.take()
        held.append(_held(reader))
    if not touched or len(set(touched)) != len(touched) or not {"pk", "sk"} <= set(held):
        raise GrammarError(f"{reader.text}: each attribute once, and the whole key in WHERE")
    if {"pk", "sk"} & set(touched):
        raise GrammarError(f"{reader.text}: a key never changes")


def _held(reader: Reader) -> str:
    name = _quoted(reader, '"')
    reader.take("=")
    reader.take("?")
    return name


def _quoted(reader: Reader, quote: str) -> str:
    token = reader.take()
    if not (token[0] == token[-1] == quote and len(token) > 1):
        raise GrammarError(f"{reader.text}: {token} must stand in {quote}")
    return token[1:-1]


def _or(reader: Reader) -> None:
    _and(reader)
    while reader.is_next("OR"):
        reader.take()
        _and(reader)


def _and(reader: Reader) -> None:
    _not(reader)
    while reader.is_next("AND"):
        reader.take()
        _not(reader)


def _not(reader: Reader) -> None:
    if reader.is_next("NOT"):
        reader.take()
        _not(reader)
    elif reader.is_next("("):
        reader.take()
        _or(reader)
        reader.take(")")
    elif reader.next in _TESTS:
        _function(reader)
    else:
        _comparison(reader)


def _function(reader: Reader) -> None:
    arguments = _TESTS[reader.take()]
    reader.take("(")
    _path(reader)
    for _ in range(arguments - 1):
        reader.take(",")
        _operand(reader)
    reader.take(")")


def _comparison(reader: Reader) -> None:
    _operand(reader)
    if reader.is_next("BETWEEN"):
        reader.take()
        _operand(reader)
        reader.take("AND")
        _operand(reader)
    elif reader.is_next("IN"):
        reader.take()
        reader.take("(")
        _operand(reader)
        while reader.is_next(","):
            reader.take()
            _operand(reader)
        reader.take(")")
    else:
        reader.take(*_COMPARATORS)
        _operand(reader)


def _operand(reader: Reader) -> None:
    if reader.next == "size":
        reader.take()
        reader.take("(")
        _path(reader)
        reader.take(")")
    elif reader.next.startswith(":"):
        _value(reader)
    else:
        _path(reader)


def _sort_key(reader: Reader) -> None:
    if reader.next == "begins_with":
        _function(reader)
        return
    _path(reader)
    if reader.is_next("BETWEEN"):
        reader.take()
        _value(reader)
        reader.take("AND")
        _value(reader)
    else:
        reader.take(*_KEY_COMPARATORS)
        _value(reader)


def _actions(reader: Reader, clause: str) -> None:
    _action(reader, clause)
    while reader.is_next(","):
        reader.take()
        _action(reader, clause)


def _action(reader: Reader, clause: str) -> None:
    _path(reader)
    if clause == "SET":
        reader.take("=")
        _set_operand(reader)
        if reader.is_next("+", "-"):
            reader.take()
            _set_operand(reader)
    elif clause in {"ADD", "DELETE"}:
        _value(reader)


def _set_operand(reader: Reader) -> None:
    if reader.next in {"if_not_exists", "list_append"}:
        reader.take()
        reader.take("(")
        _read_operand(reader)
        reader.take(",")
        _read_operand(reader)
        reader.take(")")
    else:
        _read_operand(reader)


def _read_operand(reader: Reader) -> None:
    if reader.next.startswith(":"):
        _value(reader)
    else:
        touched = list(reader.paths)
        _path(reader)
        reader.paths = touched  # reading a path beside writing it is allowed


def _value(reader: Reader) -> None:
    if not re.fullmatch(r":\w+", reader.take()):
        raise GrammarError(f"{reader.text}: a value must be a placeholder")


def _path(reader: Reader) -> None:
    parts = [_name(reader)]
    while reader.is_next(".", "["):
        if reader.take() == ".":
            parts.append(_name(reader))
        else:
            parts.append(reader.take())
            reader.take("]")
    reader.paths.append(tuple(parts))


def _name(reader: Reader) -> str:
    token = reader.take()
    if token.startswith("#"):
        return token
    if not re.fullmatch(r"[A-Za-z_]\w*", token) or token.upper() in _WORDS:
        raise GrammarError(f"{reader.text}: {token} is not a name")
    if token.upper() in ReservedKeywords.get_reserved_keywords():
        raise GrammarError(f"{reader.text}: {token} is reserved and needs an alias")
    return token
