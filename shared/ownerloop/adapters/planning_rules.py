"""The rules of planning in force on a day, out of the package's policy files."""

from datetime import date

from ownerloop.adapters import policy_files
from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.reminder_texts import text_of
from ownerloop.domain.plans import ServicePlan, Store
from ownerloop.domain.reminders import DueReminder
from ownerloop.domain.requesting import PlanningRules


def rules_on(day: date) -> PlanningRules:
    """Return the policies, plans and texts in force on the day."""

    def plan_of(model: str | None) -> ServicePlan:
        return policy_files.plan_of(model, day)

    return PlanningRules(
        contact=policy_files.contact_policy(day),
        reminder=policy_files.reminder_policy(day),
        forecast=policy_files.forecast_policy(day),
        lead=lead_policy(day),
        plan_of=plan_of,
        text_of=_text_of,
    )


def _text_of(due: DueReminder, store: Store, language: str) -> str:
    return text_of(due.items, store=store, language=language, by_condition=due.has_condition)
