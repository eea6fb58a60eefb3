"""Looks at everything that a run left, and puts it into plain values."""

from collections import Counter
from collections.abc import Iterable

from infra.simulation.left import AccountLeft, Left
from infra.simulation.run import Run
from infra.simulation.telling import key_of
from ownerloop.domain.vehicle import Reading


def left_by(run: Run) -> Left:
    """Return what the run left."""
    tables, story = run.stack.tables, run.story
    events = {key_of(told.name): told.name for told in story.told}
    keys = {tables.person_of(key.name): key.name for key in story.keys}
    cars = {tables.car_of(vin): vin for key in story.keys for vin in key.cars}
    rows = tables.history.rows
    refused = [row for row in rows.get("refusals", ()) if row["event_key"] in events]
    return Left(
        story=story,
        orders=tuple(run.stack.provider.booked),
        applied_at={events[key]: step for key, step in tables.inbox.at.items() if key in events},
        accepted=frozenset(events[row["event_key"]] for row in rows.get("readings", ())),
        refused={events[row["event_key"]]: row["reason"] for row in refused},
        contacts={one.trigger: (one.state.value, one.has_ended) for one in tables.contacts.held.values()},
        accounts={key: _account(run, person) for person, key in keys.items()},
        answers=_answers(run),
        cars={cars[key]: _readings(car.evidence) for key, car in tables.cars.items()},
        cars_then={cars[key]: _readings(known) for key, known in tables.cars.known_then.items()},
        groups=tuple(
            (step, str(line.kind), tuple(keys[person] for person in line.persons))
            for step, line in tables.identities.changed
        ),
        unexpected=Counter(run.functions.unexpected),
    )


def _account(run: Run, person: str) -> AccountLeft:
    points = run.stack.tables.points
    account = points.held.get(person)
    entries = [entry for (of, _), entry in sorted(points.written.items()) if of == person]
    return AccountLeft(
        lots=tuple(lot.remaining for lot in account.lots.values()) if account else (),
        debt=account.debt if account else 0,
        from_entries=sum(change.remaining for entry in entries for change in entry.changes),
        debt_from_entries=sum(entry.debt for entry in entries),
        posted=sum(sum(entry.postings().values()) for entry in entries),
        numbers=tuple(entry.number for entry in entries),
    )


def _answers(run: Run) -> dict[str, tuple[int, str, int, str]]:
    told: dict[str, tuple[int, str, int, str]] = {}
    for event in run.stack.tables.bus.events:
        if event["type"] == "ownerloop.points.redeemed.v1":
            data = event["data"]
            said = (data["version"], data["state"], data["points"] or 0, data["item_id"] or "")
            told[event["subject"]] = max(said, told.get(event["subject"], said))
    return told


def _readings(kept: Iterable[Reading]) -> tuple[tuple[int, int], ...]:
    return tuple((int(one.read_at.timestamp()), one.odometer_m) for one in kept)
