"""Why a forecast says what it says, as codes: whose prior and quantiles, what was dropped, what has no history."""

from ownerloop.domain.believing import Believed
from ownerloop.domain.courses import Courses
from ownerloop.domain.limits import Limits
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle


class Reasons:
    """The codes of many cars; cars of one kind and with equal history share one tuple."""

    def __init__(self, believed: Believed, limits: Limits, courses: Courses, priors: Priors) -> None:
        self._believed, self._priors, self._items = believed, priors, limits.items
        self._has_points = courses.has_points.tolist()
        self._rows = {place: (start, end) for place, start, end in limits.spans}
        self._marks = limits.has_history.tobytes()
        self._known: dict[tuple[object, ...], tuple[str, ...]] = {}

    def of(self, place: int, vehicle: Vehicle, plan: ServicePlan) -> tuple[str, ...]:
        """Return the codes of one car."""
        start, end = self._rows.get(place, (0, 0))
        dropped, flag = self._believed.dropped[place], self._believed.flags[place]
        if dropped or flag or end - start != len(plan.items):
            return self._told(place, vehicle, start, end)
        marks = self._marks[start:end]
        key = (vehicle.model, vehicle.store_id, self._has_points[place], plan.model, plan.version, marks)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._told(place, vehicle, start, end)
        return known

    def _told(self, place: int, vehicle: Vehicle, start: int, end: int) -> tuple[str, ...]:
        dropped = self._believed.dropped[place]
        doubts = [f"dropped:{dropped}"] if dropped else []
        if self._believed.flags[place]:
            doubts.append("cluster_in_doubt")
        silence = [] if self._has_points[place] else ["no_reading"]
        missing = [f"no_history:{self._items[row]}" for row in range(start, end) if not self._marks[row]]
        return (*self._sources(vehicle), *doubts, *silence, *missing)

    def _sources(self, vehicle: Vehicle) -> tuple[str, str]:
        held = self._priors.metres_per_day
        kin = "model_store" if f"{vehicle.model}#{vehicle.store_id}" in held else "fleet" if "*" in held else "policy"
        return f"prior:{kin}", f"quantiles:{'fleet' if self._priors.z_quantiles else 'normal'}"
