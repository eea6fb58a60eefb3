"""What the booking curve is learned from, in the Workshop table, append-only.

| pk | sk | attributes |
|---|---|---|
| `leads#<store_id>#<yyyy-mm>` | `<contact_id>#sent` | `on` (day of sending), `due` (P10, P50, P90), `arm` |
| the same | `<contact_id>#booked` | `on` (day of the booking), `visit_on` |

Days are ordinals; the month is that of `on`. Rows leave by `expires_at` (TTL) when nobody learns from them any more.
A sending follows from its contact's trail, so writing it again writes the same; an answer is put if absent.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import put, put_all, query
from ownerloop.domain.lead_evidence import Answer, Sending

KEPT_FOR = timedelta(days=460)  # the 400 days that teach, the answers to the last of them, and a month's margin
SENT, BOOKED = "#sent", "#booked"


class DynamoLeadEvidence:
    """The rows of evidence in the Workshop table."""

    def __init__(self, workshop_table: str) -> None:
        self._table = workshop_table

    def sent(self, sendings: Sequence[Sending]) -> None:
        """Keep each sending; the same one again changes nothing."""
        put_all(self._table, [_sending_values(one) for one in sendings])

    def answered(self, answers: Sequence[Answer]) -> None:
        """Keep each answer; of a contact answered twice the first of a month stays."""
        for one in answers:
            put(self._table, _answer_values(one), when=expressions.ABSENT)

    def of_store(self, store_id: str, *, since: date, through: date) -> tuple[list[Sending], list[Answer]]:
        """Return what the store's months from `since` to `through` hold, each by day and contact."""
        rows = [row for month in months_between(since, through) for row in self._month(store_id, month)]
        sendings = [sending_of(row, store_id) for row in rows if row["sk"].endswith(SENT)]
        answers = [answer_of(row, store_id) for row in rows if row["sk"].endswith(BOOKED)]
        return (
            sorted(sendings, key=lambda one: (one.sent_on, one.contact_id)),
            sorted(answers, key=lambda one: (one.booked_on, one.contact_id)),
        )

    def _month(self, store_id: str, month: str) -> Iterator[dict[str, Any]]:
        return query(self._table, None, expressions.EVIDENCE_OF_A_MONTH, {":pk": evidence_pk(store_id, month)})


def evidence_pk(store_id: str, month: str) -> str:
    """Return the partition key of a store's month."""
    return f"leads#{store_id}#{month}"


def months_between(since: date, through: date) -> list[str]:
    """Return the months of the span, as the keys name them."""
    first, last = since.year * 12 + since.month - 1, through.year * 12 + through.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1)]


def _row(store_id: str, contact_id: str, kind: str, *, on: date) -> dict[str, Any]:
    expires = datetime.combine(on + KEPT_FOR, time(0), UTC)
    return {
        "pk": evidence_pk(store_id, f"{on:%Y-%m}"),
        "sk": f"{contact_id}{kind}",
        "on": on.toordinal(),
        "expires_at": int(expires.timestamp()),
    }


def _sending_values(one: Sending) -> dict[str, Any]:
    due = [day.toordinal() for day in (one.due_p10, one.due_p50, one.due_p90)]
    return {**_row(one.store_id, one.contact_id, SENT, on=one.sent_on), "due": due, "arm": one.arm}


def _answer_values(one: Answer) -> dict[str, Any]:
    row = _row(one.store_id, one.contact_id, BOOKED, on=one.booked_on)
    return {**row, "visit_on": one.visit_on.toordinal()}


def sending_of(row: Mapping[str, Any], store_id: str) -> Sending:
    """Return the sending of a row's plain values."""
    p10, p50, p90 = map(date.fromordinal, row["due"])
    return Sending(
        contact_id=str(row["sk"]).removesuffix(SENT),
        store_id=store_id,
        sent_on=date.fromordinal(row["on"]),
        due_p10=p10,
        due_p50=p50,
        due_p90=p90,
        arm=row["arm"],
    )


def answer_of(row: Mapping[str, Any], store_id: str) -> Answer:
    """Return the answer of a row's plain values."""
    return Answer(
        contact_id=str(row["sk"]).removesuffix(BOOKED),
        store_id=store_id,
        booked_on=date.fromordinal(row["on"]),
        visit_on=date.fromordinal(row["visit_on"]),
    )
