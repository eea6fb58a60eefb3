"""An owner as audiences see them now, out of what a stack holds: the same view that the benefits are settled by."""

from dataclasses import dataclass
from datetime import date

from infra.benefits import desk as benefits
from infra.owners import desk as owners
from infra.reaching import Reach
from ownerloop.adapters.benefit_rules import benefit_rules_on
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.owner_view import Known, Portrayed, portrayed
from ownerloop.domain.tier_cuts import Cuts, crowd_store, with_cuts
from ownerloop.domain.tier_policy import TierPolicy


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's owners and portraits as of an instant."""

    owners: owners.Desk
    benefits: benefits.Desk

    def portrayed(self, name: str) -> tuple[str, date, Portrayed] | None:
        """Return person, civil day and portrait of a person's id or a dealer's owner key, or None for nobody."""
        facts_max = benefit_rules_on(civil_day(self.owners.now, zone_of())).portrait.facts_max
        held = self.owners.portrait(name, facts_max=facts_max)
        record = self.benefits.record(name)
        if held is None or record is None:
            return None
        store = stores().get(held.owner.store_id or "")
        as_of = civil_day(held.at, zone_of(store.zone if store else None))
        rules = benefit_rules_on(as_of)
        known = Known(
            owner=held.owner,
            record=held.tier,
            state=held.tier.state_on(as_of, policy=self._tier_policy(as_of, crowd_store(held.owner))),
            cars=held.cars,
            facts=tuple(sorted(held.facts, key=lambda fact: fact.occurred_at, reverse=True)),
            now=held.at,
            as_of=as_of,
        )
        found = portrayed(known, held=record.tags, health_policy=rules.health, portrait_policy=rules.portrait)
        return held.owner.person_id, as_of, found

    def _tier_policy(self, on: date, store_id: str | None) -> TierPolicy:
        cuts: Cuts | None = self.owners.cuts(store_id, on=on) if store_id else None
        return with_cuts(tier_policy(on), cuts)


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    return Desk(owners.desk_of(reach), benefits.desk_of(reach))
