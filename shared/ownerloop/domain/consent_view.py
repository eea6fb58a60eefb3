"""The consent of one car as of one instant, asked for many event times: the law of `ConsentHead`, worked out once."""

from datetime import UTC, datetime

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.consent import ConsentHead

_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class ConsentView:
    """Answers what `ConsentHead.usable_classes` answers; between two facts of the head the answer never changes.

    Nearly every event lies between the same two facts as now; others are asked of the head itself.
    """

    __slots__ = ("_classes", "_head", "_now", "_purpose", "_since", "_until")

    def __init__(self, head: ConsentHead, *, now: datetime, purpose: str) -> None:
        self._head, self._now, self._purpose = head, now, purpose
        if len(head.owners) == len(head.grants) == 1 and not head.withdrawals:  # what nearly every car has
            (owner,), (grant,) = head.owners, head.grants
            begins = max(owner.since, grant.granted_at)
            is_own = grant.person_id == owner.person_id and grant.purpose == purpose
            if is_own and begins <= now < grant.expires_at:
                self._since, self._until, self._classes = begins, grant.expires_at, grant.classes
                return
        since, until = _FIRST, _LAST
        for turn in _turns(head):
            if turn <= now:
                since = max(since, turn)
            elif turn < until:
                until = turn
        self._since, self._until = since, until
        self._classes = self._usable_now()

    def usable_classes(self, read_at: datetime) -> frozenset[str]:
        """Return the classes that a live consent of one and the same owner covers at the event time and now."""
        if self._since <= read_at < self._until:
            return self._classes
        return self._head.usable_classes(read_at, now=self._now, purpose=self._purpose)

    def _usable_now(self) -> frozenset[str]:
        person_id = self._head.owner_at(self._now)
        if person_id is None:
            return frozenset()
        return self._head.classes_at(self._now, person_id=person_id, purpose=self._purpose)

    def why_not(self, read_at: datetime, *, asked: frozenset[str]) -> str:
        """Return `consent_withdrawn` where only a withdrawal stands against what is asked, else `no_consent`."""
        without = changed_copy(self._head, withdrawals=())
        was_given = without.usable_classes(read_at, now=self._now, purpose=self._purpose)
        return "no_consent" if asked.isdisjoint(was_given) else "consent_withdrawn"


def _turns(head: ConsentHead) -> list[datetime]:
    """Return every instant at which the answer can change."""
    turns = [owner.since for owner in head.owners]
    for grant in head.grants:
        turns += (grant.granted_at, grant.expires_at)
    if head.withdrawals:
        turns += [taken.withdrawn_at for taken in head.withdrawals]
    return turns
