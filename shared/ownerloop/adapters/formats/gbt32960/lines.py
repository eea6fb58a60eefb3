"""One frame a line: bare hex, bare base64, or a JSON object that holds either."""

import base64
import json
import re
from collections.abc import Sequence
from datetime import datetime

from ownerloop.adapters.formats.event import CanonicalEvent, RefusedRecordError
from ownerloop.adapters.formats.gbt32960.facts import canonical
from ownerloop.adapters.formats.gbt32960.frame import read_frame
from ownerloop.contracts.identity import instant_of
from ownerloop.domain.presence import Zone

_BETWEEN = re.compile(r"\b0[xX]|[\s,:-]")  # what tools print between or before bytes of hex
_is_hex = re.compile(r"[0-9A-Fa-f]+").fullmatch
_URL_SAFE = str.maketrans("-_", "+/")
_FETCHED = ("fetched_at", "fetchedAt", "receivedat")


def read_line(line: str, *, zones: Sequence[Zone] = ()) -> CanonicalEvent:
    """Return the event in one line, or raise RefusedRecordError."""
    text, fetched_at = line.strip(), None
    if text.startswith("{"):
        text, fetched_at = _from_object(text)
    return canonical(read_frame(_bytes(text)), fetched_at=fetched_at, zones=zones)


def _from_object(text: str) -> tuple[str, datetime | None]:
    try:
        record = json.loads(text)
    except ValueError as error:
        raise RefusedRecordError("not_json", "the line is no JSON object") from error
    except RecursionError as error:
        raise RefusedRecordError("not_json", "the line is nested too deep") from error
    frame = record.get("hex", record.get("base64"))
    if not isinstance(frame, str):
        raise RefusedRecordError("missing_field", "the object has no text under `hex`")
    fetched = next((record[name] for name in _FETCHED if name in record), None)
    return frame.strip(), instant_of(fetched)


def _bytes(text: str) -> bytes:
    """Return the bytes of hex however it is spaced, or of base64 of either alphabet, padded or not."""
    told = text.strip("\"'")
    digits = _BETWEEN.sub("", told)
    if _is_hex(digits):
        if len(digits) % 2:
            raise RefusedRecordError("not_hex", "half a byte of hex", at_byte=len(digits) // 2)
        return bytes.fromhex(digits)
    plain = told.rstrip("=").translate(_URL_SAFE)
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise RefusedRecordError("not_hex", "the line is neither hex nor base64") from error
