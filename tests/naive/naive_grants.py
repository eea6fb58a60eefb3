"""A plausible wrong way to keep a budget: read what has gone, look whether it fits, write what has gone plus one."""

from collections.abc import Sequence

from ownerloop.adapters.dynamodb.benefits import DynamoBenefits, stock_key
from ownerloop.adapters.dynamodb.commands import put_all
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Grant, Voucher, room


class NaiveGrants(DynamoBenefits):
    """The Benefits table without conditions: exact alone, wrong in company."""

    def settle(self, record: BenefitRecord, new: Sequence[tuple[Grant, Voucher]]) -> frozenset[str]:  # noqa: ARG002  # the port's
        """Grant where the stock read a moment ago left room; return what was used up."""
        for grant, voucher in new:
            held = self.stocks([grant.benefit_id], period=grant.period)[grant.benefit_id]
            if room(voucher, held):
                return frozenset({grant.benefit_id})
            pk, sk = stock_key(grant.benefit_id, grant.period)
            gone = {"granted": held.granted + 1, "spent_fen": held.spent_fen + grant.cost_fen}
            put_all(self._table, [{"pk": pk, "sk": sk, **gone}])
        return frozenset()
