"""The night's expiry: what is left in lots whose day has come lapses, shard by shard of the accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.points import Entry
from ownerloop.domain.points_change import posted
from ownerloop.domain.points_moves import expire
from ownerloop.points_ports import Ledger, Points
from ownerloop.usecases.apart import Faults

ACCOUNTS_MAX = 10_000  # of one job: at up to 40 ms each they end in half of its time; the rest is a job of its own
ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue
WESTMOST = timedelta(hours=-12)  # nobody loses points before the day has come where they live


@dataclass(slots=True)
class ExpiryReport:
    """How many accounts lost how many points, which faulted, and whether the shard has more to look at."""

    accounts: int = 0
    points: int = 0
    has_more: bool = False
    faults: Faults = field(default_factory=Faults)  # for the caller to raise


def expiry_day(now: datetime) -> date:
    """Return the newest day that has come everywhere."""
    return (now.astimezone(UTC) + WESTMOST).date()


def expire_points(place: int, *, points: Points, ledger: Ledger, now: datetime) -> ExpiryReport:
    """Let everything lapse in one shard's accounts whose day has come; a second run of the same day finds nothing.

    One account's fault keeps no other waiting.
    """
    report, on = ExpiryReport(), expiry_day(now)
    due = iter(ledger.lapsing(place, by=on))

    def lapse(person_ids: Sequence[str]) -> None:
        for person_id in person_ids:
            entry = _expire(person_id, points=points, ledger=ledger, on=on, now=now)
            if entry is not None:
                report.accounts += 1
                report.points -= entry.points

    for person_id in islice(due, ACCOUNTS_MAX):
        report.faults.spare([person_id], lapse)
    report.has_more = next(due, None) is not None
    return report


def _expire(person_id: str, *, points: Points, ledger: Ledger, on: date, now: datetime) -> Entry | None:
    for _ in range(ATTEMPTS_MAX):
        account = points.accounts([person_id])[person_id]
        entry = expire(account, on=on, at=now)
        if entry is None or ledger.post(posted(account, entry)):
            return entry
    raise VersionConflictError(item=person_id)
