"""Moto's answers to questions, kept by what its tables hold: a run asks what the calm run asked, hundreds of times.

A question is a read of DynamoDB or of a secret. Its answer follows from its words and the items of all tables, so
whoever asks the same of the same items gets the same answer; a fifth of the processor time of asking moto again.
"""

import hashlib
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
        "dynamodb.Scan",
        "secrets-manager.GetSecretValue",
    )
)
_KEPT_MAX = 20_000  # of about a kilobyte each


@dataclass(slots=True)
class Answers:
    """What was answered, and the digest of what the tables hold now; none where something may have changed them."""

    _kept: dict[tuple[str, bytes, bytes], tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    _tables: bytes | None = None

    def forget_tables(self) -> None:
        """Look at the tables again before the next question."""
        self._tables = None

    def to(self, name: str, body: bytes, carry_out: Callable[[], AWSResponse]) -> AWSResponse:
        """Return the answer to a request, kept or new."""
        if name not in _QUESTIONS:
            self.forget_tables()
            return carry_out()
        if self._tables is None:
            self._tables = hashlib.sha256(moments.written()).digest()
        asked = (name, body, self._tables)
        if asked not in self._kept:
            if len(self._kept) >= _KEPT_MAX:
                self._kept.clear()
            told = carry_out()
            self._kept[asked] = (told.status_code, dict(told.headers), told.content)
        status, headers, content = self._kept[asked]
        return response(content, status=status, headers=headers)


def response(content: bytes, *, status: int, headers: dict[str, str] | None = None, url: str = "") -> AWSResponse:
    """Return an answer as botocore takes it off the wire."""
    return AWSResponse(url, status, headers or {}, _Raw(content))  # type: ignore[arg-type]  # a stream is enough


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
