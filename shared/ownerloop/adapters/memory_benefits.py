"""The twin in memory of the benefits' table: for tests and simulation only."""

from collections.abc import Iterable, Sequence

from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Grant, Stock, Voucher, room
from ownerloop.domain.errors import VersionConflictError


class MemoryBenefits:
    """Records, grants and stocks in dicts; `held`, `given` and `gone` are what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, BenefitRecord] = {}
        self.given: dict[str, Grant] = {}
        self.gone: dict[tuple[str, str], Stock] = {}
        self._on_operation = on_operation

    def load(self, person_ids: Iterable[str]) -> dict[str, BenefitRecord]:
        """Return each person's record; one without an item comes with version 0."""
        self._on_operation("benefits.load")
        with LOCK:
            return {key: self.held.get(key) or BenefitRecord(person_id=key) for key in person_ids}

    def stocks(self, benefit_ids: Iterable[str], *, period: str) -> dict[str, Stock]:
        """Return what has gone of each benefit in the period of its budget."""
        self._on_operation("benefits.stocks")
        with LOCK:
            return {key: self.gone.get((key, period), Stock()) for key in benefit_ids}

    def settle(self, record: BenefitRecord, new: Sequence[tuple[Grant, Voucher]]) -> frozenset[str]:
        """Write the record with its new grants and what they take, at once; return what was used up."""
        self._on_operation("benefits.settle")
        with LOCK:
            held = self.held.get(record.person_id)
            is_known = any(grant.grant_id in self.given for grant, _ in new)
            if is_known or record.version - 1 != (held.version if held else 0):
                raise VersionConflictError(item=record.person_id)
            used_up = frozenset(grant.benefit_id for grant, voucher in new if room(voucher, self._gone(grant)))
            if used_up:
                return used_up
            self.held[record.person_id] = record
            for grant, _ in new:
                before = self._gone(grant)
                self.given[grant.grant_id] = grant
                after = Stock(before.granted + 1, before.spent_fen + grant.cost_fen)
                self.gone[grant.benefit_id, grant.period] = after
        return frozenset()

    def _gone(self, grant: Grant) -> Stock:
        return self.gone.get((grant.benefit_id, grant.period), Stock())
