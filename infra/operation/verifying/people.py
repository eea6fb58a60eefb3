"""Laws of people: one tier each, aliases and groups that lead to one person without a circle."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from infra.operation.verifying.findings import Finding
from infra.operation.verifying.scratch import Scratch
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from
from ownerloop.adapters.dynamodb.tiers import TIER, tier_from
from ownerloop.domain.tiers import Tier


class PeopleLaws:
    """What is seen of profiles, aliases and tiers, and what follows once everything was seen."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self.tiers = Finding("one_tier", ("每位车主恰有一个等级", "everybody is in exactly one tier"))

    def see_owner_table(self, values: dict[str, Any]) -> None:
        """Take in an item of the Owners table."""
        kind, _, name = values["pk"].partition("#")
        if kind == "alias":
            self._scratch.add("alias", name, values["person_id"])
        elif kind == "person" and values["sk"] == PROFILE:
            owner = owner_from(values)
            self._scratch.add("profile", name, owner.merged_into, " ".join(sorted(owner.members)))
        elif kind == "person" and values["sk"] == TIER:
            self._see_tier(name, values)

    def findings(self) -> Iterator[Finding]:
        """Yield what was found."""
        yield self._tiers()
        yield self._aliases()
        yield self._groups()

    def _see_tier(self, person: str, values: dict[str, Any]) -> None:
        try:
            self._scratch.add("tier", person, str(tier_from(values).tier))
        except ValueError:
            self.tiers.breaks(person, f"is in {values.get('settled')}, which is no tier")

    def _tiers(self) -> Finding:
        found, counted = self.tiers, Counter[str]()
        for person, tier in self._scratch.rows(
            "SELECT profile.person, tier.tier FROM profile LEFT JOIN tier ON tier.person = profile.person"
        ):
            found.checked += 1
            counted[tier or Tier.PROSPECT] += 1
            if tier is not None and tier not in set(Tier):
                found.breaks(person, f"is in {tier}, which is no tier")
        twice = "SELECT person, count(*) FROM tier GROUP BY person HAVING count(*) > 1"
        for person, count in self._scratch.rows(twice):
            found.breaks(person, f"has {count} tiers")
        for (person,) in self._scratch.rows("SELECT person FROM tier WHERE person NOT IN (SELECT person FROM profile)"):
            found.breaks(person, "has a tier and no profile")
        found.notes = [f"{tier} {counted[tier]}" for tier in Tier if counted[tier]]
        return found

    def _aliases(self) -> Finding:
        found = Finding("aliases", ("每个钥匙通向一位车主", "every key leads to somebody"))
        for alias, person in self._scratch.rows(
            "SELECT alias.alias, profile.person FROM alias LEFT JOIN profile ON profile.person = alias.person"
        ):
            found.checked += 1
            if person is None:
                found.breaks(alias, "leads to nobody")
        return found

    def _groups(self) -> Finding:
        found = Finding("groups", ("合并无环且双方一致", "merges make no circle and both sides agree"))
        for person, target, gate_target, gate_person in self._scratch.rows(
            """SELECT profile.person, profile.merged_into, gate.merged_into, gate.person FROM profile
               LEFT JOIN gate ON gate.person = profile.person"""
        ):
            found.checked += 1
            if gate_person and target != gate_target:
                found.breaks(person, f"is merged into {target}, says the profile, and {gate_target}, says the gate")
            if target is not None and (how := self._astray(person, target)):
                found.breaks(person, how)
        for head, member in self._members():
            rows = self._scratch.rows("SELECT merged_into FROM profile WHERE person = ?", member)
            if next(rows, (None,))[0] != head:
                found.breaks(head, f"counts {member} in, who was not merged into it")
        return found

    def _astray(self, person: str, target: str) -> str:
        row = next(self._scratch.rows("SELECT merged_into, members FROM profile WHERE person = ?", target), None)
        if row is None:
            return f"is merged into {target}, who is nobody"
        if row[0] is not None:
            return f"is merged into {target}, who is merged into {row[0]}"
        return "" if person in row[1].split() else f"is merged into {target}, who does not count it in"

    def _members(self) -> Iterator[tuple[str, str]]:
        for head, members in self._scratch.rows("SELECT person, members FROM profile WHERE members <> ''"):
            yield from ((head, member) for member in members.split())
