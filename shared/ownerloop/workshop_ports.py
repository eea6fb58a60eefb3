"""What bookings need from the world: the days of the workshops, and where each booking stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from ownerloop.domain.booking_rules import BookingRules
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.lead_evidence import Answer, Sending
from ownerloop.domain.standing import Standing
from ownerloop.domain.workshop import Day
from ownerloop.ports import Owners


class Workshop(Protocol):
    """The workshops' days and bookings, for those who read; what changes is written with its interaction."""

    def standings(self, booking_keys: Iterable[str]) -> dict[str, Standing]:
        """Return where each booking stands that anybody told of; the others are absent."""
        ...

    def load(self, places: Iterable[tuple[str, date]]) -> dict[tuple[str, date], Day]:
        """Return each asked day of a store; one that nobody booked comes with version 0."""
        ...

    def days(self, store_id: str, *, since: date, through: date) -> list[Day]:
        """Return every day of the span, both ends included, in order; one that nobody booked has version 0."""
        ...


class LeadEvidence(Protocol):
    """What first messages and the bookings that name them leave behind, each kept once."""

    def sent(self, sendings: Sequence[Sending]) -> None:
        """Keep each sending; the same one again changes nothing."""
        ...

    def answered(self, answers: Sequence[Answer]) -> None:
        """Keep each answer; of a contact answered twice the first of a month stays."""
        ...

    def of_store(self, store_id: str, *, since: date, through: date) -> tuple[list[Sending], list[Answer]]:
        """Return what the store's months from `since` to `through` hold, each by day and contact."""
        ...


class BookingAnswers(Protocol):
    """How the answer to a booking is told to others."""

    def booking_settled(self, standing: Standing, *, at: datetime) -> Mapping[str, Any]:
        """Return the event for a booking as it stands; its id follows from the booking and its version."""
        ...

    def booking_refused(
        self, booking_key: str, *, event_key: str, error: MalformedEventError, at: datetime
    ) -> Mapping[str, Any]:
        """Return the event for a booking whose event broke a rule; its id follows from that event."""
        ...


@dataclass(frozen=True, slots=True)
class BookingDesk:
    """Everything that bookings are decided with."""

    workshop: Workshop
    evidence: LeadEvidence
    owners: Owners
    answers: BookingAnswers
    rules: BookingRules
