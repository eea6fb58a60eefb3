"""What a proved webhook says, read as its source's manifest describes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec

from ownerloop.adapters.formats.event import RefusedRecordError
from ownerloop.adapters.formats.manifest import Webhook
from ownerloop.adapters.formats.paths import found
from ownerloop.adapters.formats.registry import Decoded, of_object
from ownerloop.adapters.formats.telemetry import to_telemetry
from ownerloop.adapters.formats.values import Moment, Scope, moment_of
from ownerloop.adapters.webhooks.request import Proved, signed
from ownerloop.contracts.identity import decoded
from ownerloop.contracts.problems import RequestRefusedError
from ownerloop.domain.ids import digest
from ownerloop.domain.webhook import Delivery

ID_MAX = 256  # characters of a source's id or challenge
RECORDS_MAX = 1_000  # of one delivery; 256 KiB hold fewer that say anything


class Kind(StrEnum):
    """What a delivery is about; what is none of ours is acknowledged."""

    CHALLENGE = "challenge"
    DATA = "data"
    ERROR = "error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FormatRecord:
    """One record of a delivery, decoded or refused."""

    said: Decoded

    @property
    def vin(self) -> str | None:
        """Return the car's VIN, where the record gives it."""
        return self.said.event.vin if self.said.event else None

    @property
    def name(self) -> str | None:
        """Return the name that the source gives the car, where the record has it."""
        return self.said.event.vehicle_name if self.said.event else None

    @property
    def refusal(self) -> RefusedRecordError | None:
        """Return why the record cannot be read, or None."""
        return self.said.refusal

    def as_event(self, vin: str) -> bytes:
        """Return the telemetry event of the car, or raise RefusedRecordError."""
        if self.said.event is None:
            raise self.said.refusal or RefusedRecordError("says_nothing", "the record was not decoded")
        return msgspec.json.encode(to_telemetry(replace(self.said.event, vin=vin)))


@dataclass(frozen=True, slots=True)
class Message:
    """A delivery: its kind, and the answer to a challenge."""

    kind: Kind
    payload: dict[str, Any]
    request: Proved

    @property
    def answer(self) -> dict[str, str]:
        """Return what a challenge is answered: its HMAC, by the key that signed it."""
        challenge = self.request.rule.challenge
        said = found(self.payload, challenge.paths) if challenge else None
        if challenge is None or not isinstance(said, str) or not 0 < len(said) <= ID_MAX:
            raise _malformed("challenge", f"is a text of 1 to {ID_MAX} characters")
        return {challenge.answer: signed(said.encode(), key=self.request.key)}

    @property
    def delivery(self) -> Delivery:
        """Return who the delivery says it is; one without an id is known by what it says."""
        rule = self.request.rule
        said = [found(self.payload, rule.type), found(self.payload, rule.says)]
        fingerprint = digest(msgspec.json.encode(said, order="sorted").decode())
        return Delivery(
            source=self.request.source,
            delivery_id=_id(self.payload, rule) or fingerprint,
            digest=fingerprint,
            sent_at=_sent_at(self.payload, rule),
        )

    @property
    def records(self) -> Sequence[FormatRecord]:
        """Return the records of the delivery."""
        records = [FormatRecord(one) for one in of_object(self.request.manifest, self.payload)]
        if len(records) > RECORDS_MAX:
            raise _malformed("body", f"holds at most {RECORDS_MAX} records")
        return records


def message_in(request: Proved) -> Message:
    """Return what a request says, or raise RequestRefusedError (400) where it is no JSON object."""
    payload = decoded(request.body)
    if not isinstance(payload, dict):
        status = HTTPStatus.BAD_REQUEST
        raise RequestRefusedError(status=status, reason="not_json", field="body", rule="is a JSON object in UTF-8")
    return Message(_kind(found(payload, request.rule.type), request.rule), payload, request)


def _kind(name: object, rule: Webhook) -> Kind:
    if rule.challenge and name in rule.challenge.types:
        return Kind.CHALLENGE
    if name in rule.data_types:
        return Kind.DATA
    return Kind.ERROR if name in rule.error_types else Kind.OTHER


def _id(payload: dict[str, Any], rule: Webhook) -> str | None:
    said = found(payload, rule.id)
    if said is None:
        return None
    if not isinstance(said, str) or not 0 < len(said) <= ID_MAX or "\x1f" in said:
        raise _malformed("id", f"is a text of 1 to {ID_MAX} characters")
    return said


def _sent_at(payload: dict[str, Any], rule: Webhook) -> datetime | None:
    moment = moment_of(rule.sent_at, Scope(payload))
    if moment is None:
        return None
    if not isinstance(moment, Moment):
        raise _malformed("sent_at", "is an instant as the source's manifest describes it")
    return moment.at


def _malformed(field: str, rule: str) -> RequestRefusedError:
    return RequestRefusedError(status=HTTPStatus.BAD_REQUEST, reason="malformed", field=field, rule=rule)
