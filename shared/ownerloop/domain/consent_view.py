"""The consent of one car as of one instant, asked for many event times: the law of `ConsentHead`, worked out once."""

from bisect import bisect_right
from dataclasses import replace
from datetime import datetime

from ownerloop.domain.consent import ConsentHead


class ConsentView:
    """Answers what `ConsentHead.usable_classes` answers; between two facts of the head the answer never changes."""

    __slots__ = ("_answers", "_head", "_now", "_purpose", "_turns")

    def __init__(self, head: ConsentHead, *, now: datetime, purpose: str) -> None:
        self._head, self._now, self._purpose = head, now, purpose
        self._turns: list[datetime] = sorted(
            [owner.since for owner in head.owners]
            + [grant.granted_at for grant in head.grants]
            + [grant.expires_at for grant in head.grants]
            + [taken.withdrawn_at for taken in head.withdrawals]
        )
        self._answers: dict[int, frozenset[str]] = {bisect_right(self._turns, now): self._usable_now()}

    def usable_classes(self, read_at: datetime) -> frozenset[str]:
        """Return the classes that a live consent of one and the same owner covers at the event time and now."""
        span = bisect_right(self._turns, read_at)
        answer = self._answers.get(span)
        if answer is None:
            answer = self._head.usable_classes(read_at, now=self._now, purpose=self._purpose)
            self._answers[span] = answer
        return answer

    def _usable_now(self) -> frozenset[str]:
        person_id = self._head.owner_at(self._now)
        if person_id is None:
            return frozenset()
        return self._head.classes_at(self._now, person_id=person_id, purpose=self._purpose)

    def why_not(self, read_at: datetime, *, asked: frozenset[str]) -> str:
        """Return `consent_withdrawn` where only a withdrawal stands against what is asked, else `no_consent`."""
        without = replace(self._head, withdrawals=())
        was_given = without.usable_classes(read_at, now=self._now, purpose=self._purpose)
        return "no_consent" if asked.isdisjoint(was_given) else "consent_withdrawn"
