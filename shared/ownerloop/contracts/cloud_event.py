"""What all our messages have in common: the CloudEvents 1.0 envelope, and how a broken field is named."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError, WithJsonSchema

from ownerloop.contracts.identity import instant_of
from ownerloop.contracts.vocabulary import FIRST_YEAR, LAST_YEAR, RULES, TEXT_MAX, malformed
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.vin import VIN_PATTERN


def _instant(text: object) -> object:
    instant = text if isinstance(text, datetime) and text.tzinfo else instant_of(text)
    if instant is None:
        raise ValueError("is no RFC 3339 instant with its offset")
    return instant


def _day(text: object) -> object:
    try:
        day = date.fromisoformat(text) if isinstance(text, str) and len(text) == len("2026-01-31") else text
    except ValueError:
        raise ValueError("is no day (YYYY-MM-DD)") from None
    if type(day) is not date or not FIRST_YEAR - 50 <= day.year <= LAST_YEAR:
        raise ValueError("is no day (YYYY-MM-DD)")
    return day


Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Name = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=TEXT_MAX)]
Vin = Annotated[str, StringConstraints(strict=True, pattern=VIN_PATTERN)]

FEED = ConfigDict(frozen=True, extra="ignore", strict=True, populate_by_name=True)
PUBLISHED = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class FeedEvent(BaseModel):
    """The attributes of an event from others; `receivedat` is set once, by whoever puts it on our queue."""

    model_config = FEED

    specversion: Literal["1.0"]
    id: Name
    source: Name


def refusal_of(error: ValidationError) -> MalformedEventError:
    """Return the refusal for the first broken field in the order of the contract; its words never quote the input."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = ".".join(part for part in first["loc"] if isinstance(part, str)) or "body"
    if first["type"] == "missing":
        return malformed(path, is_missing=True)
    return malformed(path, rule=RULES.get(path) or first["msg"].removeprefix("Value error, "))
