"""Who is one person, whom they know and where they live: the map written before the run."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Customer:
    """One external_userid, and the person behind it."""

    external_userid: str
    person: str
    staff: frozenset[str]
    is_friend: bool
    zone: ZoneInfo
    daily_max: int | None = None  # messages a day that the person asked for, where the file knows

    def local_day(self, at: datetime) -> str:
        """Return the civil day of an instant where this person lives."""
        return at.astimezone(self.zone).date().isoformat()


class People:
    """The customers by external_userid."""

    def __init__(self, customers: list[Customer]) -> None:
        self._by_id: dict[str, Customer] = {}
        zones: dict[str, ZoneInfo] = {}
        for customer in customers:
            if customer.external_userid in self._by_id:
                raise ValueError(f"{customer.external_userid} stands twice in the people file")
            if zones.setdefault(customer.person, customer.zone) != customer.zone:
                raise ValueError(f"{customer.person} has two zones in the people file")
            self._by_id[customer.external_userid] = customer
        self.maxima: dict[str, int] = {}  # the least that a person asked for under any external_userid
        for customer in customers:
            if customer.daily_max is not None:
                least = self.maxima.get(customer.person, customer.daily_max)
                self.maxima[customer.person] = min(least, customer.daily_max)
        self.staff = frozenset(member for customer in customers for member in customer.staff)

    def find(self, external_userid: str) -> Customer | None:
        """Return the customer, or None for an id that is not in the file."""
        return self._by_id.get(external_userid)

    def of(self, member: str) -> tuple[str, ...]:
        """Return every external_userid that a staff member serves, in order."""
        return tuple(sorted(c.external_userid for c in self._by_id.values() if member in c.staff))


class PeopleFile:
    """The people of a file that the driver may still extend."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version = self._stat()
        self._people = read_people(path)

    def now(self) -> People:
        """Return the people as the file has them, read again when it changed."""
        version = self._stat()
        if version != self._version:
            self._people, self._version = read_people(self._path), version
        return self._people

    def _stat(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino


def read_people(path: Path) -> People:
    """Return the people that the file names."""
    rows = json.loads(path.read_text(encoding="utf-8"))["people"]
    return People(
        [
            Customer(
                external_userid=row["external_userid"],
                person=row["person"],
                staff=frozenset(row["staff"]),
                is_friend=row.get("friend", True),
                zone=ZoneInfo(row.get("zone") or DEFAULT_ZONE),
                daily_max=row.get("daily_max"),
            )
            for row in rows
        ]
    )
