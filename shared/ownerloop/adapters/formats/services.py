"""Service items of a record: what is left, when it falls due, and whether the limit is exceeded."""

from typing import Any

from ownerloop.adapters.formats.event import Signal
from ownerloop.adapters.formats.manifest import Clue, Service, Time
from ownerloop.adapters.formats.paths import found, unwrapped
from ownerloop.adapters.formats.values import Moment, Scope, moment_of, signal_of
from ownerloop.contracts.vocabulary import INT32_MAX

Absent = dict[str, str]


def services_of(
    rules: tuple[Service, ...], scope: Scope, *, odometer_m: int | None, recorded: Moment | None, absent: Absent
) -> list[dict[str, Any]]:
    """Return each item that the record speaks of: remaining metres and seconds, negative once exceeded."""
    items: list[dict[str, Any]] = []
    for rule in rules:
        for inner in _rows(rule, scope):
            name = rule.item or _named(rule, inner)
            item = _item(rule, inner, name, recorded, absent)
            if item:
                items.append({"item": name, **_completed(item, odometer_m, recorded)})
    return items


def _rows(rule: Service, scope: Scope) -> list[Scope]:
    if rule.item:
        return [scope]
    rows, _ = unwrapped(scope.find(rule.each))
    if not isinstance(rows, list):
        return []
    return [Scope(unwrapped(row)[0], scope.record) for row in rows if isinstance(row, dict)]


def _named(rule: Service, scope: Scope) -> str:
    name = found(scope.record, rule.named_by)
    return f"{rule.prefix}{str(name).strip().lower().replace(' ', '_')}"[:64] if name is not None else "unnamed"


def _item(rule: Service, scope: Scope, name: str, recorded: Moment | None, absent: Absent) -> dict[str, Any]:
    said: dict[str, Any] = {}
    received: dict[str, Any] = {}
    for key, field in (("distance_m", rule.distance), ("time_s", rule.span), ("due_odometer_m", rule.due_odometer)):
        answer = None if field is None else signal_of(field, scope)
        if isinstance(answer, Signal) and key != "due_odometer_m":
            clues = rule.distance_clues if key == "distance_m" else rule.span_clues
            answer = answer if rule.overdue == "negative" else _signed(answer, clues, scope, recorded)
        if isinstance(answer, Signal):
            said[key] = answer.value
            received[key] = {"value": answer.received_value, "unit": answer.received_unit}
        elif answer:
            absent[f"services.{name}.{key}"] = answer
    due = moment_of(rule.due_on, scope)
    if isinstance(due, Moment):
        said["due_on"] = due.at.date().isoformat()
    elif due:
        absent[f"services.{name}.due_on"] = due
    status, _ = unwrapped(found(scope.record, rule.status)) if rule.status else (None, None)
    if isinstance(status, str):
        said["status"] = status[:64].lower()
    return {**said, "received": received} if said and received else said


def _signed(answer: Signal, clues: tuple[Clue, ...], scope: Scope, recorded: Moment | None) -> Signal | str:
    """Return the remaining amount, negative once exceeded; the reason where no clue tells which it is."""
    if answer.value <= 0:
        return answer
    verdict = next((said for clue in clues if (said := _verdict(clue, scope, recorded))), "")
    if not verdict:
        return "overdue_or_remaining"
    value = -answer.value if verdict == "overdue" else answer.value
    return Signal(value, answer.unit, answer.received_value, answer.received_unit)


def _verdict(clue: Clue, scope: Scope, recorded: Moment | None) -> str:
    if clue.time:
        due = moment_of((Time(clue.paths, clue.time),), scope)
        if not isinstance(due, Moment) or recorded is None:
            return ""
        return "overdue" if due.at < recorded.at else "remaining"
    word, _ = unwrapped(scope.find(clue.paths))
    text = str(word).strip().lower()
    if text in clue.overdue:
        return "overdue"
    return "remaining" if text in clue.remaining else ""


def _completed(item: dict[str, Any], odometer_m: int | None, recorded: Moment | None) -> dict[str, Any]:
    """Return the item with what follows from an absolute limit and the car's own odometer and instant."""
    told = dict(item)
    if "distance_m" not in told and "due_odometer_m" in told and odometer_m is not None:
        told["distance_m"] = told["due_odometer_m"] - odometer_m
    if "time_s" not in told and "due_on" in told and recorded is not None:
        due = Time(("due_on",), "date")
        moment = moment_of((due,), Scope(told))
        seconds = int((moment.at - recorded.at).total_seconds()) if isinstance(moment, Moment) else None
        if seconds is not None and abs(seconds) <= INT32_MAX:
            told["time_s"] = seconds
    return told


def soonest(items: list[dict[str, Any]], key: str) -> dict[str, Any] | None:
    """Return the item with the least left, the first of equals: VSS means the next service of any kind."""
    return min((item for item in items if key in item), key=lambda item: int(item[key]), default=None)
