"""What a message says, without what names a person or a car: surrogates and digests stand for those.

Shown as it is: numbers, truth values, instants, surrogates, and text under names that are known to say nothing of who.
Any other text is shown as `~` and the beginning of a keyed digest, so that equal ones are seen to be equal. Where a car
was is shown to nobody: two numbers beside a surrogate are an address.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.operation.failures import Failure, NotRetriableError, failure_of
from infra.operation.letters import Letter
from infra.operation.places import Place, Way
from ownerloop.adapters.envelope import unpack
from ownerloop.adapters.history import UnreadableHistoryError, unpack_rows
from ownerloop.contracts.identity import decoded, identity_of
from ownerloop.domain.identifiers import could_name_somebody
from ownerloop.domain.vin import is_vin

EVENTS_SHOWN_MAX = 20
DEPTH_MAX = 12
TEXT_MAX = 64
NUMBER_MAX = 10**10 - 1  # a phone has eleven digits
_is_plain_name = re.compile(
    "answer|basis|campaign|category|channel|class|classes|condition|currency|datacontenttype|dataset|detail-type"
    "|encoding|field|function|item|item_id|job|kind|language|model|outcome|part|plan|purpose|reason|rule|schedule"
    "|severity|source|specversion|state|status|store|store_id|text_version|tier|topic|type|unit|value|zone"
).fullmatch
_is_surrogate = re.compile(r"^[a-z]{1,2}_[0-9a-f]{24}$|^[0-9a-f]{32}$").search
_is_instant = re.compile(r"^\d{4}-\d\d-\d\d([T ][0-9:.]+(Z|[+-]\d\d:?\d\d)?)?$").search
_names_somebody = re.compile(r"\d{9,}|[A-HJ-NPR-Z0-9]{17}|\bw[mo][\w-]{20,}|\bo[\w-]{27}|@").search
_between_digits = re.compile(r"(?<=\d)[ ()-]+(?=\d)")
_is_place = re.compile(
    r".*\bcurrentlocation\b.*|(.*[._])?(lat|latitude|lng|lon|long|longitude|location|position|coordinates?|gps)", re.I
).fullmatch
_PLACE = "~place"
_is_signal = re.compile(r"Vehicle(\.[A-Za-z0-9]+)+").fullmatch
Digest = Callable[[str, str], str]  # kind and plain text -> what stands for it


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that people may read: each event, or the record of a failure, and why it lies here if that is known."""

    said: list[Any]
    count: int
    reason: str = ""
    keys: list[str] = field(default_factory=list)  # identities of the events


def open_letter(letter: Letter, place: Place, digest: Digest) -> Opened:
    """Return what the message says, with nobody named."""
    reason = letter.attributes.get("ERROR_CODE", "")
    if place.way is Way.FAILURE:
        return _of_failure(letter.body, digest)
    if place.source == "HistoryQueue":
        return _of_history(letter.body, reason)
    held = unpack(letter.body)
    events = held.events or [letter.body.encode(errors="surrogatepass")]
    return Opened(
        said=[shown(raw, digest) for raw in events[:EVENTS_SHOWN_MAX]],
        count=len(events),
        reason=reason or held.rule,
        keys=[identity_of(raw).event_key for raw in events],
    )


def shown(raw: bytes, digest: Digest) -> Any:
    """Return an event with nobody named; what is no JSON is told by its size alone."""
    event = decoded(raw)
    if not isinstance(event, (dict, list)):
        return {"unreadable_bytes": len(raw)}
    return masked(event, digest)


def masked(value: Any, digest: Digest, *, name: str = "", depth: int = 0) -> Any:
    """Return a value of a message with nobody named."""
    if depth > DEPTH_MAX:
        return "..."
    if isinstance(value, Mapping):
        parts = ((_key(key, digest), key, part) for key, part in value.items())
        return {
            key: _PLACE if _is_place(str(told)) else masked(part, digest, name=str(told), depth=depth + 1)
            for key, told, part in parts
        }
    if isinstance(value, list):
        return [masked(part, digest, name=name, depth=depth + 1) for part in value[:EVENTS_SHOWN_MAX]]
    if isinstance(value, str):
        return _text(value, digest, name=name)
    is_small = value is None or isinstance(value, bool) or abs(value) <= NUMBER_MAX
    return value if is_small else digest("number", str(value))


def _could_be_somebody(text: str) -> bool:
    # Our words are ASCII: plates, names of people and digits of full width are not. A phone may be told in groups.
    is_plain = text.isascii() and not could_name_somebody(text)
    return not is_plain or bool(_names_somebody(text) or _names_somebody(_between_digits.sub("", text)))


def _key(key: object, digest: Digest) -> str:
    text = str(key)
    is_plain = len(text) <= TEXT_MAX and not _could_be_somebody(text)
    return text if is_plain else digest("name", text)


def _text(text: str, digest: Digest, *, name: str) -> str:
    if is_vin(text):
        return digest("vin", text)
    if _is_surrogate(text) or (len(text) <= TEXT_MAX and _is_instant(text)):
        return text
    is_said = _is_plain_name(name) or _is_signal(text)
    if is_said and len(text) <= TEXT_MAX and not _could_be_somebody(text):
        return text
    return digest({"subject": "owner", "owner_key": "owner"}.get(name, "text"), text)


def _of_failure(body: str, digest: Digest) -> Opened:
    try:
        failure: Failure = failure_of(body)
    except NotRetriableError as error:
        return Opened(said=[{"unreadable_bytes": len(body)}], count=1, reason=error.reason)
    what = {"payload": masked(failure.payload, digest)} if failure.range is None else {"range": dict(failure.range)}
    return Opened(said=[{"function": failure.function, **what}], count=1, reason=failure.reason)


def _of_history(body: str, reason: str) -> Opened:
    try:
        dataset, rows = unpack_rows(body)
    except UnreadableHistoryError as error:
        return Opened(said=[{"unreadable_bytes": len(body)}], count=1, reason=reason or str(error))
    keys = [str(row["event_key"]) for row in rows if "event_key" in row]
    return Opened(said=[{"dataset": dataset, "rows": len(rows)}], count=len(rows), reason=reason, keys=keys)
