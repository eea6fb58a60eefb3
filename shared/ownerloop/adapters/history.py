"""The way into the lake: rows of one dataset, packed, through HistoryQueue.

{"encoding": "zlib+base64", "dataset": "readings", "count": 2, "rows": "eJy..."}
"""

import json
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from ownerloop.adapters.packing import ENCODING, EXPANDED_MAX_BYTES, compress, expand, split_to_fit
from ownerloop.adapters.queues import send_all
from ownerloop.ports import Row


class UnreadableHistoryError(ValueError):
    """A message on HistoryQueue is not packed history."""


class _Envelope(msgspec.Struct, frozen=True):
    encoding: Literal["zlib+base64"]
    dataset: str
    rows: str


_encode = msgspec.json.Encoder().encode  # instants and days become RFC 3339 texts
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_rows = msgspec.json.Decoder(list[dict[str, Any]]).decode


class QueuedHistory:
    """HistoryQueue."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url

    def append(self, dataset: str, rows: Sequence[Row]) -> None:
        """Send the rows in as few packed messages as their size allows; raise if any of them was not taken."""
        send_all(self._queue_url, pack_rows(dataset, rows))


def pack_rows(dataset: str, rows: Sequence[Row]) -> list[str]:
    """Return the rows as message bodies; the same rows give the same bodies."""

    def body(part: Sequence[Row]) -> str | None:
        plain = _encode(part)
        if len(plain) > EXPANDED_MAX_BYTES:
            return None
        envelope = {"encoding": ENCODING, "dataset": dataset, "count": len(part), "rows": compress(plain)}
        return json.dumps(envelope, separators=(",", ":"))

    return split_to_fit(rows, body)


def unpack_rows(body: str) -> tuple[str, list[dict[str, Any]]]:
    """Return dataset and rows of a message body, instants and days as texts; else UnreadableHistoryError."""
    try:
        envelope = _decode_envelope(body)
        rows = _decode_rows(expand(envelope.rows))
    except ValueError as error:
        raise UnreadableHistoryError("is no packed history") from error
    return envelope.dataset, rows
