"""Service plans and stores: versioned data with a note on where each number comes from."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One service item: a distance, a span of months, or either alone."""

    item: str
    every_m: int | None
    every_months: int | None


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The plan of one model. Electric cars may have no distance at all."""

    model: str
    version: str
    effective_on: date
    source: str
    items: tuple[PlanItem, ...]

    def item(self, name: str) -> PlanItem | None:
        """Return the plan's item of that name, or None."""
        return next((item for item in self.items if item.item == name), None)


@dataclass(frozen=True, slots=True)
class Team:
    """One team of a store and its staff members."""

    team_id: str
    staff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """One store in its hierarchy; `zone` is where its clock hangs."""

    store_id: str
    name_zh: str
    name_en: str
    zone: str
    carmaker: str
    group: str
    plan_hour: int  # contacts of the day are planned at this local hour
    teams: tuple[Team, ...] = ()

    def team_of(self, staff_userid: str | None) -> str | None:
        """Return the team of a staff member, or None for somebody of no team."""
        return next((team.team_id for team in self.teams if staff_userid in team.staff), None)
