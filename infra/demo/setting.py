"""What one run of the demo is made of: its options, its fleet, its first day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from infra.fleet.fleet import Fleet, build_fleet
from ownerloop.adapters.policy_files import plan_of, stores

STARTS_ON = date(2026, 3, 2)  # a Monday
ZONE = ZoneInfo("Asia/Shanghai")
_MODELS = (
    *("electric-compact", "electric-suv", "hybrid-sedan", "petrol-sedan"),
    *("petrol-suv", "plugin-suv", "taxi-electric", "taxi-sedan"),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What can be set about a run."""

    seed: int
    owners: int
    days: int
    work_dir: Path

    @property
    def people(self) -> Path:
        """Return where the person map is written before the run."""
        return self.work_dir / "people.json"


def fleet_of(options: Options) -> Fleet:
    """Return the run's fleet, on the stores and plans that ship with the package."""
    return build_fleet(
        seed=options.seed,
        owners=options.owners,
        starts_on=STARTS_ON,
        days=options.days,
        store_zones={store_id: store.zone for store_id, store in stores().items()},
        plans=[plan_of(model, STARTS_ON) for model in _MODELS],
    )


def instant(day: int, at: time) -> datetime:
    """Return the instant of a local time on a day of the run, 0 being the first."""
    return datetime.combine(STARTS_ON + timedelta(days=day), at, ZONE)
