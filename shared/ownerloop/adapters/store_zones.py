"""The clocks of the stores."""

from zoneinfo import ZoneInfo

from ownerloop.adapters import policy_files
from ownerloop.domain.calendar import zone_of


def zone_name(store_id: str | None) -> str | None:
    """Return the name of a store's zone, or None for a store that nobody knows."""
    store = policy_files.stores().get(store_id or "")
    return store.zone if store else None


def zone_of_store(store_id: str | None) -> ZoneInfo:
    """Return the zone of the store, or the group's own where the store is not known."""
    return zone_of(zone_name(store_id))
