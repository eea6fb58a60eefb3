"""What the fleet teaches about one car: rates by model and store, and calibrated quantiles."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Priors:
    """Published nightly. `version` 0 is the fallback before the first night."""

    version: int = 0
    metres_per_day: dict[str, int] = field(default_factory=dict)  # key `<model>#<store_id>`; `*` is the fleet
    z_quantiles: tuple[float, float, float] | None = None  # z for P10, P50, P90 once >= 200 cycles closed
    closed_cycles: int = 0

    def prior_metres_per_day(self, *, model: str | None, store_id: str | None, fallback: int) -> int:
        """Return the median rate of the same model and store, else of the fleet, else the fallback."""
        return self.metres_per_day.get(f"{model}#{store_id}") or self.metres_per_day.get("*") or fallback
