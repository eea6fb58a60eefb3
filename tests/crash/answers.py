"""Moto's answers to questions, kept by the items they follow from: most runs ask what the calm run asked before.

A question is a read of DynamoDB or of a secret. It names whatever is in its answer: an item by its own partition or by
one of an index. So the answer follows from the question's words and from the items that hold one of its texts.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSResponse

from tests.crash import moments

_QUESTIONS = frozenset(
    (
        "dynamodb.BatchGetItem",
        "dynamodb.GetItem",
        "dynamodb.Query",
        "secrets-manager.GetSecretValue",
    )
)
_KEPT_MAX = 20_000  # of about a kilobyte each


@dataclass(slots=True)
class Answers:
    """What was answered, and the items of each table with their texts; none where something may have changed them."""

    _kept: dict[tuple[str, bytes, str], tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    _tables: dict[str, list[tuple[frozenset[str], str]]] | None = None

    def forget_tables(self) -> None:
        """Look at the tables again before the next question."""
        self._tables = None

    def to(self, name: str, body: bytes, carry_out: Callable[[], AWSResponse]) -> AWSResponse:
        """Return the answer to a request, kept or new."""
        if name not in _QUESTIONS:
            self.forget_tables()
            return carry_out()
        asked = (name, body, self._items_of(json.loads(body)))
        if asked not in self._kept:
            if len(self._kept) >= _KEPT_MAX:
                self._kept.clear()
            told = carry_out()
            self._kept[asked] = (told.status_code, dict(told.headers), told.content)
        status, headers, content = self._kept[asked]
        return response(content, status=status, headers=headers)

    def _items_of(self, question: dict[str, Any]) -> str:
        """Return a digest of the items that hold a text of the question, in the order of their tables."""
        if self._tables is None:
            self._tables = {name: list(map(_with_texts, held)) for name, held in moments.items().items()}
        texts = frozenset(_texts(question))
        names = question.get("RequestItems", [question.get("TableName")])
        held = [item for name in names for own, item in self._tables.get(name, ()) if own & texts]
        return hashlib.sha256("".join(held).encode()).hexdigest()


def _with_texts(item: dict[str, Any]) -> tuple[frozenset[str], str]:
    return frozenset(value["S"] for value in item.values() if "S" in value), repr(item)


def _texts(asked: Any) -> Iterator[str]:
    """Yield every text value in a request, however deep."""
    match asked:
        case {"S": str(text)}:
            yield text
        case dict():
            for part in asked.values():
                yield from _texts(part)
        case list():
            for part in asked:
                yield from _texts(part)


def response(content: bytes, *, status: int, headers: dict[str, str] | None = None, url: str = "") -> AWSResponse:
    """Return an answer as botocore takes it off the wire."""
    return AWSResponse(url, status, headers or {}, _Raw(content))  # type: ignore[arg-type]  # a stream is enough


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
