"""A store whose cars are planned for, in memory."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from ownerloop.adapters.memory import (
    MemoryContacts,
    MemoryOwners,
    MemoryPlanningCursor,
    MemoryPriorsBook,
    MemoryVehicles,
)
from ownerloop.adapters.memory_leads import MemoryLeadTimes
from ownerloop.domain.contact import Contact
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.owner import Owner
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.requesting import PlanningRules
from ownerloop.domain.vehicle import ServiceDone, Vehicle
from ownerloop.usecases.plan_contacts import Planning, PlanReport, plan_store
from tests.builders import a_plan, a_plan_item
from tests.contact_builders import NOW, TODAY, a_car, a_policy, a_store, a_surrogate, an_owner
from tests.policy_builders import a_forecast_policy, a_reminder_policy

SERVICED_ON = date(2025, 3, 20)  # due again on 20 March 2026: stages open on 18 February, 13 and 27 March


def a_due_car(number: int = 1, **changes: Any) -> Vehicle:
    serviced = ServiceDone(item="oil", on=SERVICED_ON, odometer_m=None)
    return a_car(number, **{"services": (serviced,), "forecast": None, "remind_on": TODAY, **changes})


class World:
    """Everything in memory, with the desk that plans over it."""

    def __init__(
        self,
        cars: Iterable[Vehicle],
        *,
        owners: Iterable[Owner] = (),
        policy: ContactPolicy | None = None,
        items: Iterable[Any] = (),
        lead: LeadPolicy | None = None,
    ) -> None:
        self.on_operation: Callable[[str], None] = lambda _: None
        self.vehicles = MemoryVehicles(cars, on_operation=self._hook)
        self.owners = MemoryOwners(owners or [an_owner()])
        self.contacts = MemoryContacts(on_operation=self._hook)
        self.cursor = MemoryPlanningCursor()
        self.leads = MemoryLeadTimes()
        rules = PlanningRules(
            contact=policy or a_policy(),
            reminder=a_reminder_policy(),
            forecast=a_forecast_policy(),
            lead=lead,
            plan_of=lambda model: a_plan(
                *(items or (a_plan_item(every_km=None, every_months=12),)), model=model or "*"
            ),
            text_of=lambda due, store, language: f"{store.name_en} {' '.join(due.items)} {language}",
        )
        self.planning = Planning(
            vehicles=self.vehicles,
            owners=self.owners,
            contacts=self.contacts,
            cursor=self.cursor,
            priors=MemoryPriorsBook(),
            leads=self.leads,
            rules_on=lambda _: rules,
        )

    def _hook(self, operation: str) -> None:
        self.on_operation(operation)

    def plan(self, *, now: datetime = NOW) -> PlanReport:
        return plan_store(a_store(), planning=self.planning, now=now)

    def the_contact(self) -> Contact:
        (contact,) = self.contacts.held.values()
        return contact

    def car(self, number: int = 1) -> Vehicle:
        return self.vehicles.held[a_surrogate("v", number)]
