"""The desk at which portraits are asked for anew: the policy that ships and the contract of the announcement."""

from datetime import date

from ownerloop.adapters.portrait_policies import portrait_policy
from ownerloop.contracts.portrait_events import portrait_asked
from ownerloop.domain.portrait import AskRule
from ownerloop.owner_ports import PortraitDesk


def portrait_desk() -> PortraitDesk:
    """Return the desk."""
    return PortraitDesk(rules_on=_rules_on, announcement=portrait_asked)


def _rules_on(day: date) -> tuple[AskRule, ...]:
    return portrait_policy(day).ask_rules
