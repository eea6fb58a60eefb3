"""What partner reads need of the package's data: the stores' clocks, and which services one visit does."""

from datetime import date

from ownerloop.adapters import policy_files
from ownerloop.adapters.store_zones import zone_of_store
from ownerloop.domain.partner_views import ReadRules
from ownerloop.domain.visits import VisitRule


def read_rules() -> ReadRules:
    """Return the rules of partner reads."""
    return ReadRules(zone_of=zone_of_store, visit_on=_visit_on)


def _visit_on(day: date) -> VisitRule:
    return policy_files.reminder_policy(day).visit
