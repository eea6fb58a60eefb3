"""Counts of what customers really received, from the provider's log and the map of people alone."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from infra.simulator.clock import instant, iso
from infra.simulator.journal import Json, read_entries
from infra.simulator.people import Customer, People, read_people

QUIET_FROM, QUIET_UNTIL = time(21), time(8)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task for one customer."""

    link_url: str | None
    external_userid: str
    msgid: str
    result: str
    at: datetime

    @property
    def is_sent(self) -> bool:
        """Return whether the customer got a message."""
        return self.result == "sent"


def outcomes(entries: Iterable[Json]) -> list[Outcome]:
    """Return the newest outcome of every task and customer: waiting, cancelled, sent, or why not sent."""
    found: dict[tuple[str, str], Outcome] = {}
    for entry in entries:
        match entry["kind"]:
            case "task_created":
                customers, result = entry["external_userids"], "waiting"
            case "cancelled":
                customers, result = entry["external_userids"], "cancelled"
            case "message_sent" | "not_sent":
                customers, result = [entry["external_userid"]], entry["reason"]
            case _:
                continue
        for customer in customers:
            at = instant(entry["at"])
            found[entry["msgid"], customer] = Outcome(entry["link_url"], customer, entry["msgid"], result, at)
    return list(found.values())


def provider_messages(found: Iterable[Outcome]) -> int:
    """Return how many messages customers really received."""
    return sum(outcome.is_sent for outcome in found)


def max_messages_per_owner_day(found: Iterable[Outcome], people: People) -> int:
    """Return the most that one person received on one of their civil days, over all their external_userids."""
    return max(_by_person_and_day(found, people).values(), default=0)


def over_own_max(found: Sequence[Outcome], people: People) -> list[Json]:
    """Return each civil day on which a person received more than that person asked for, over all external_userids."""
    days = sorted(_by_person_and_day(found, people).items())
    return [
        {"person": person, "day": day, "messages": count}
        for (person, day), count in days
        if count > people.maxima.get(person, count)
    ]


def duplicates(found: Iterable[Outcome]) -> int:
    """Return how many messages a customer received beyond the first one with the same link."""
    copies = Counter((o.link_url, o.external_userid) for o in found if o.is_sent and o.link_url)
    return sum(count - 1 for count in copies.values())


def quiet_hours_violations(found: Iterable[Outcome], people: People) -> list[Outcome]:
    """Return the messages that arrived from 21:00 to 08:00 where the person lives."""
    return [outcome for outcome in found if outcome.is_sent and _is_quiet(outcome.at, _customer(people, outcome))]


def results(found: Iterable[Outcome]) -> dict[tuple[str | None, str], list[str]]:
    """Return the results by link and customer; more than one means that more than one task carried the link."""
    by_pair: dict[tuple[str | None, str], list[str]] = {}
    for outcome in found:
        by_pair.setdefault((outcome.link_url, outcome.external_userid), []).append(outcome.result)
    return by_pair


def report(found: Sequence[Outcome], people: People) -> Json:
    """Return all counts as they are printed."""
    return {
        "provider_messages": provider_messages(found),
        "max_messages_per_owner_day": max_messages_per_owner_day(found, people),
        "over_own_max": over_own_max(found, people),
        "duplicates": duplicates(found),
        "quiet_hours_violations": [
            {"external_userid": o.external_userid, "link_url": o.link_url, "at": iso(o.at)}
            for o in quiet_hours_violations(found, people)
        ],
        "by_result": dict(sorted(Counter(outcome.result for outcome in found).items())),
        "results": [
            {"link_url": link_url, "external_userid": external_userid, "results": each}
            for (link_url, external_userid), each in results(found).items()
        ],
    }


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(prog="python -m infra.simulator.count", description=__doc__)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--people", type=Path, required=True)
    given = parser.parse_args()
    counted = report(outcomes(read_entries(given.log)), read_people(given.people))
    sys.stdout.write(json.dumps(counted, ensure_ascii=False) + "\n")


def _by_person_and_day(found: Iterable[Outcome], people: People) -> Counter[tuple[str, str]]:
    days: Counter[tuple[str, str]] = Counter()
    for outcome in found:
        if outcome.is_sent:
            customer = _customer(people, outcome)
            days[customer.person, customer.local_day(outcome.at)] += 1
    return days


def _customer(people: People, outcome: Outcome) -> Customer:
    if (customer := people.find(outcome.external_userid)) is None:
        raise LookupError(f"{outcome.external_userid} received a message and is nobody in the people file")
    return customer


def _is_quiet(at: datetime, customer: Customer) -> bool:
    local = at.astimezone(customer.zone).time()
    return local >= QUIET_FROM or local < QUIET_UNTIL


if __name__ == "__main__":
    main()
