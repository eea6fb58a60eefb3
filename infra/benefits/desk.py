"""What a stack holds of health and benefits: the record of an owner, and what has gone of each benefit."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.points import desk as points
from infra.reaching import Reach, item_of
from ownerloop.adapters.dynamodb.benefit_items import record_from
from ownerloop.adapters.dynamodb.benefits import PORTRAIT, person_pk, stock_key
from ownerloop.adapters.dynamodb.commands import Key
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from, owner_pk
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Stock

_TABLES = ("BenefitsTableName", "OwnersTableName")


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's Benefits table as of an instant."""

    points: points.Desk
    benefits_table: str
    owners_table: str

    @property
    def now(self) -> datetime:
        """Return the stack's clock."""
        return self.points.now

    def record(self, name: str) -> BenefitRecord | None:
        """Return the record behind a person's id or a dealer's owner key, None for nobody; a joined one is its head."""
        person_id = self.points.person_called(name)
        profile = self._item(self.owners_table, (owner_pk(person_id), PROFILE)) if person_id else None
        if profile is None:
            return None
        head = owner_from(read(profile)).head_id
        item = self._item(self.benefits_table, (person_pk(head), PORTRAIT))
        return record_from(head, read(item)) if item else BenefitRecord(person_id=head)

    def stock(self, benefit_id: str, *, period: str) -> Stock:
        """Return what has gone of the benefit in the period."""
        item = self._item(self.benefits_table, stock_key(benefit_id, period))
        values = read(item) if item else {"granted": 0, "spent_fen": 0}
        return Stock(values["granted"], values["spent_fen"])

    def _item(self, table: str, key: Key) -> dict[str, Any] | None:
        return item_of(self.points.dynamodb, table, key)


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    return Desk(points.desk_of(reach), *reach.outputs(*_TABLES))
