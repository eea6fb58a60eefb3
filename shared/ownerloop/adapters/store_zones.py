"""The clocks of the stores."""

from zoneinfo import ZoneInfo

from ownerloop.adapters import policy_files
from ownerloop.domain.calendar import zone_of


def zone_of_store(store_id: str | None) -> ZoneInfo:
    """Return the zone of the store, or the group's own where the store is not known."""
    store = policy_files.stores().get(store_id or "")
    return zone_of(store.zone if store else None)
