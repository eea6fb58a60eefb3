"""What is kept of an owner's portrait and benefits: the newest settlement, and the grants it looks back on."""

from dataclasses import dataclass, replace
from datetime import date

from ownerloop.domain.benefits import Choice, Decision, Grant, Why
from ownerloop.domain.health import Health
from ownerloop.domain.owner_view import Portrayed
from ownerloop.domain.portrait import Tag, Value

GRANTS_KEPT = 60  # newest; with one in two months and a few triggers a year more than five years of them


@dataclass(frozen=True, slots=True)
class BenefitRecord:
    """The benefits' item of one person; `version` is 0 for a person without one.

    Of an owner who opted out of profiling there is no health, intent, worth or tag.
    """

    person_id: str
    version: int = 0
    as_of: date | None = None
    is_profiled: bool = False
    health: Health | None = None
    intent: int | None = None
    worth: Value | None = None
    tags: tuple[Tag, ...] = ()
    standing: tuple[str, ...] = ()
    next: Choice | None = None
    passed: tuple[Choice, ...] = ()
    grants: tuple[Grant, ...] = ()  # oldest first
    policy_version: str = ""

    def caused_by(self, cause: str) -> tuple[Grant, ...]:
        """Return the grants that the settlement gave."""
        return tuple(grant for grant in self.grants if grant.cause == cause)


def settled(
    record: BenefitRecord, found: Portrayed, decision: Decision, *, given: tuple[Grant, ...], as_of: date, version: str
) -> BenefitRecord:
    """Return the record after a settlement, one version on; the very record where it tells nothing new.

    What moves from day to day by itself (expected gains, ends of intervals) is no news.
    """
    intent = found.view.get("intent")
    after = replace(
        record,
        as_of=as_of,
        is_profiled=found.is_profiled,
        health=found.health,
        intent=intent if isinstance(intent, int) else None,
        worth=found.worth,
        tags=found.tags,
        standing=decision.standing,
        next=decision.next,
        passed=decision.passed,
        grants=(*record.grants, *given)[-GRANTS_KEPT:],
        policy_version=version,
    )
    if record.version and _news(after) == _news(record):
        return record
    return replace(after, version=record.version + 1)


def _news(record: BenefitRecord) -> tuple[object, ...]:
    found, worth = record.health, record.worth
    return (
        record.is_profiled,
        (found.score, found.confidence, found.rule_version) if found else None,
        record.intent,
        worth.chance_percent if worth else None,
        record.tags,
        record.standing,
        _named(record.next),
        tuple(map(_named, record.passed)),
        tuple(grant.grant_id for grant in record.grants),
        record.policy_version,
    )


def _named(choice: Choice | None) -> tuple[str, Why] | None:
    return (choice.benefit_id, choice.why) if choice else None
