"""What the template says of each alarm, in plain values, and the facts that stand beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.template.reading import load_template, resources

_FACTS = Path(__file__).with_name("facts.yaml")
_SPANS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. `subject` is the function, queue or machine it watches; the threshold is in its metric's unit."""

    name: str
    metric: str
    subject: str
    statistic: str
    period_seconds: int
    periods: int
    comparison: str
    threshold: float
    description: str

    @property
    def page(self) -> str:
        """Return the name of its runbook page."""
        return f"{kebab(self.name)}.md"


def kebab(name: str) -> str:
    """Return a logical id as its page spells it (`WriteLakeLagAlarm` is `write-lake-lag-alarm`)."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def span(seconds: float) -> str:
    """Return a span in the largest unit that it is whole in."""
    size, unit = next((size, unit) for size, unit in _SPANS if seconds % size == 0)
    count = int(seconds // size)
    return f"{count} {unit}{'' if count == 1 else 's'}"


@cache
def facts() -> Mapping[str, Mapping[str, Any]]:
    """Return what the pages know that the template does not say."""
    said: dict[str, dict[str, Any]] = yaml.safe_load(_FACTS.read_text(encoding="utf-8"))
    return said


@cache
def template() -> dict[str, Any]:
    """Return the whole template, read once."""
    return load_template()


@cache
def alarms() -> tuple[Alarm, ...]:
    """Return every alarm of the template in its order, with the numbers of a deployed stack."""
    return tuple(_alarm(name, resource) for name, resource in resources(template(), _ALARM).items())


def function_of(queue: str) -> str:
    """Return the function that takes its work from a queue."""
    for name, function in resources(template(), "AWS::Serverless::Function").items():
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] == "SQS" and event["Properties"]["Queue"]["Fn::GetAtt"][0] == queue:
                return name
    raise LookupError(queue)


def triggers_of(function: str) -> list[str]:
    """Return the kinds of events that start a function, as SAM calls them, each once."""
    return list(dict.fromkeys(event["Type"] for event in _events(function).values()))


def rules_of(function: str) -> list[str]:
    """Return the logical ids that SAM gives to the rules of a function's schedules."""
    return [f"{function}{name}" for name, event in _events(function).items() if event["Type"] == "Schedule"]


def schedule_of(function: str) -> str:
    """Return what a function's schedule starts it with."""
    return next(
        str(event["Properties"]["Input"]) for event in _events(function).values() if event["Type"] == "Schedule"
    )


def _events(function: str) -> Mapping[str, Any]:
    events: dict[str, Any] = template()["Resources"][function]["Properties"].get("Events", {})
    return events


def deployed(node: Any) -> Any:
    """Return what a number of the template is in a deployed stack."""
    match node:
        case {"Fn::FindInMap": [mapping, _, key]}:
            return template()["Mappings"][mapping]["deployed"][key]
        case _:
            return node


_COMPARISONS = {"GreaterThanThreshold": "more than", "LessThanThreshold": "less than"}
_ALARM = "AWS::CloudWatch::Alarm"


def _alarm(name: str, resource: Mapping[str, Any]) -> Alarm:
    said = resource["Properties"]
    return Alarm(
        name,
        metric=said["MetricName"],
        subject=_named(said["Dimensions"][0]["Value"]),
        statistic=said["Statistic"],
        period_seconds=said["Period"],
        periods=said["EvaluationPeriods"],
        comparison=_COMPARISONS[said["ComparisonOperator"]],
        threshold=deployed(said["Threshold"]),
        description=said["AlarmDescription"],
    )


def _named(node: Any) -> str:
    match node:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]} if name in template()["Resources"]:
            return name
        case _:
            return ""
