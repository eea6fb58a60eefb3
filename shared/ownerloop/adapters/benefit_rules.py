"""The rules of portraits and benefits in force on a day."""

from datetime import date

from ownerloop.adapters.benefit_policies import benefit_policy, benefit_text
from ownerloop.adapters.health_policies import health_policy
from ownerloop.adapters.policy_files import contact_policy
from ownerloop.adapters.portrait_policies import portrait_policy
from ownerloop.domain.granting import BenefitRules


def benefit_rules_on(day: date) -> BenefitRules:
    """Return the policies and texts in force on the day."""
    return BenefitRules(
        health=health_policy(day),
        portrait=portrait_policy(day),
        benefits=benefit_policy(day),
        contact=contact_policy(day),
        text_of=benefit_text,
    )
