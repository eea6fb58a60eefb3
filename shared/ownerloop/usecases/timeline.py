"""Reads an owner's timeline."""

from ownerloop.domain.timeline import Entry, entries
from ownerloop.owner_ports import Facts

FACTS_MAX = 1_000  # read at once: 400 KB


def timeline(person_id: str, *, newest_max: int, facts: Facts) -> list[Entry]:
    """Return what the person's newest facts tell, at most so many of them, the newest entry first."""
    return entries(facts.newest(person_id, facts_max=min(newest_max, FACTS_MAX)))
