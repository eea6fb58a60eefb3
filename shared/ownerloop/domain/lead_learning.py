"""From evidence to a store's booking curve and lags: which messages have had their answer, and what they teach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ownerloop.domain.booking_curve import BookingCurve, Lags, learned_curve, learned_lags, pooled_curve
from ownerloop.domain.lead_evidence import Answer, Sending
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.rate import IntArray

UNANSWERED = -1  # in place of the days from a message to the visit that answers it


@dataclass(frozen=True, slots=True)
class Outcome:
    """A first message and its answer, if it had one in time."""

    sending: Sending
    answer: Answer | None

    @property
    def lead_days(self) -> int:
        """Return the days from the message to the median of the due day."""
        return (self.sending.due_p50 - self.sending.sent_on).days


def outcomes(sendings: Iterable[Sending], answers: Iterable[Answer], *, policy: LeadPolicy) -> list[Outcome]:
    """Return each sending with the first answer that came within the policy's days."""
    first: dict[str, Answer] = {}
    for answer in sorted(answers, key=lambda one: (one.booked_on, one.visit_on)):
        first.setdefault(answer.contact_id, answer)
    in_time = timedelta(days=policy.answer_days)
    found = []
    for sending in sendings:
        came = first.get(sending.contact_id)
        is_answer = came is not None and timedelta(0) <= came.booked_on - sending.sent_on <= in_time
        found.append(Outcome(sending, came if is_answer else None))
    return found


def settled_outcomes(found: Iterable[Outcome], *, as_of: date, policy: LeadPolicy) -> list[Outcome]:
    """Return those whose time to be answered is over and that are not too old to teach.

    A young message without an answer is no refusal yet; counting young ones that were answered alone would flatter.
    """
    newest, oldest = as_of - timedelta(days=policy.answer_days), as_of - timedelta(days=policy.evidence_days)
    return [one for one in found if oldest <= one.sending.sent_on < newest]


def waiting_outcomes(found: Iterable[Outcome], *, as_of: date, policy: LeadPolicy) -> list[Outcome]:
    """Return those that may still be answered."""
    oldest = as_of - timedelta(days=policy.answer_days)
    return [one for one in found if one.answer is None and oldest <= one.sending.sent_on <= as_of]


def learned(found: Sequence[Outcome], *, kin: Sequence[BookingCurve], policy: LeadPolicy) -> tuple[BookingCurve, Lags]:
    """Return the store's curve, drawn to that of its group (`kin`: the group's other stores), and its lags.

    The group's curve is drawn to the prior in turn.
    """
    lags = [(one.answer.visit_on - one.sending.sent_on).days if one.answer else UNANSWERED for one in found]
    return learned_from(due_of(found), sent_of(found), np.array(lags, dtype=np.int64), kin=kin, policy=policy)


def learned_from(
    due: IntArray, sent_on: IntArray, lags: IntArray, *, kin: Sequence[BookingCurve], policy: LeadPolicy
) -> tuple[BookingCurve, Lags]:
    """Return what `learned` returns for messages in columns: due days, day of sending, days from it to the visit."""
    group = pooled_curve(policy.curve, list(kin), strength=policy.group_strength)
    is_answered = lags != UNANSWERED
    booked = is_answered.astype(np.int64)
    curve = learned_curve(due, sent_on, booked, prior=group, strength=policy.store_strength)
    return curve, learned_lags(lags[is_answered], prior=policy.lags, strength=policy.lag_strength)


def delays_of(found: Iterable[Outcome]) -> IntArray:
    """Return the days from each answered message to its answer."""
    days = [(one.answer.booked_on - one.sending.sent_on).days for one in found if one.answer is not None]
    return np.array(days, dtype=np.int64)


def due_of(found: Sequence[Outcome]) -> IntArray:
    """Return P10, P50 and P90 of each due day as ordinals."""
    return due_rows((one.sending.due_p10, one.sending.due_p50, one.sending.due_p90) for one in found)


def due_rows(due: Iterable[tuple[date, date, date]]) -> IntArray:
    """Return rows of days as ordinals."""
    return np.array([[day.toordinal() for day in row] for row in due], dtype=np.int64).reshape(-1, 3)


def all_on(day: date, *, of: IntArray) -> IntArray:
    """Return the day as an ordinal, once for each of the rows."""
    return np.full(len(of), day.toordinal(), dtype=np.int64)


def sent_of(found: Sequence[Outcome]) -> IntArray:
    """Return each day of sending as an ordinal."""
    return np.array([one.sending.sent_on.toordinal() for one in found], dtype=np.int64)
