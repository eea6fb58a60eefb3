"""Computes what the stack costs a month when nothing happens: `python -m infra.template.idle_cost`."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.template.reading import load_template, resources

HOURS_A_MONTH = 730
POLL_SECONDS = 20
_PRICES = Path(__file__).with_name("prices.json")
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the bill."""

    what: str
    quantity: float
    price_usd: float

    @property
    def usd(self) -> float:
        """Return what the line comes to in a month."""
        return self.quantity * self.price_usd


class UnpricedResourceError(LookupError):
    """A resource of the template that no price and no reason for being free is known for."""


class UnknownScheduleError(ValueError):
    """A schedule whose starts a month cannot be told."""


def idle_bill(template: dict[str, Any] | None = None) -> list[Line]:
    """Return the idle month line by line, or raise for a resource that the price table does not know."""
    template = template or load_template()
    table = json.loads(_PRICES.read_text(encoding="utf-8"))
    return [*_standing(template, table), *_polls(template, table), *_runs(template, table)]


def starts_a_month(expression: str) -> float:
    """Return how often a schedule starts in a month; of cron expressions only daily ones are understood."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return HOURS_A_MONTH / (int(rate[1]) * _HOURS[rate[2]])
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression):
        return HOURS_A_MONTH / 24
    raise UnknownScheduleError(expression)


def _standing(template: dict[str, Any], table: dict[str, Any]) -> Iterator[Line]:
    prices, assumed = table["prices"], table["assumptions"]
    priced = {
        "AWS::CloudWatch::Alarm": ("alarms", 1, prices["alarm_month"]),
        "AWS::CloudWatch::Dashboard": ("dashboards", 1, prices["dashboard_month"]),
        "AWS::KMS::Key": (
            "keys with their older versions",
            assumed["kms_key_versions"]["value"],
            prices["kms_key_month"],
        ),
        "AWS::SecretsManager::Secret": ("secrets", 1, prices["secret_month"]),
    }
    kinds = [resource["Type"] for resource in template["Resources"].values()]
    for kind in sorted(set(kinds)):
        if kind in priced:
            what, each, price = priced[kind]
            yield Line(what, kinds.count(kind) * each, price)
        elif kind not in table["free"] and kind != "AWS::Serverless::Function":
            raise UnpricedResourceError(kind)


def _polls(template: dict[str, Any], table: dict[str, Any]) -> Iterator[Line]:
    polls = HOURS_A_MONTH * 3600 / POLL_SECONDS * table["assumptions"]["pollers_per_queue"]["value"]
    for function, event in _events(template, "SQS"):
        yield Line(f"{function}: polls of {_target(event['Queue'])}", polls, table["prices"]["sqs_request"])


def _runs(template: dict[str, Any], table: dict[str, Any]) -> Iterator[Line]:
    prices, assumed = table["prices"], table["assumptions"]
    jobs = assumed["stores"]["value"]
    for function, event in _events(template, "Schedule"):
        starts = starts_a_month(_value(event["Schedule"], template))
        if "SQS" in {kind for name, kind, _ in _all_events(template) if name == function}:
            yield Line(f"{function}: messages of its jobs", 3 * starts * jobs, prices["sqs_request"])
            starts += starts * jobs
        yield from _run_lines(function, starts, template=template, table=table)


def _run_lines(function: str, starts: float, *, template: dict[str, Any], table: dict[str, Any]) -> Iterator[Line]:
    prices, run = table["prices"], table["assumptions"]["idle_run"]
    properties = template["Globals"]["Function"] | template["Resources"][function]["Properties"]
    gb_seconds = starts * run["seconds"] * properties["MemorySize"] / 1024
    yield Line(f"{function}: invocations", starts, prices["lambda_request"])
    yield Line(f"{function}: GB-seconds", gb_seconds, prices["lambda_gb_second_arm64"])
    yield Line(f"{function}: GB of log", starts * run["log_bytes"] / 1e9, prices["log_gb"])
    yield Line(f"{function}: read units", starts * run["read_units"], prices["dynamodb_read_unit"])
    secrets = [name for name in properties["Environment"]["Variables"] if name.endswith("_SECRET_ID")]
    if secrets:
        reads = starts * len(secrets) * table["assumptions"]["secret_reads_per_run"]["value"]
        yield Line(f"{function}: reads of its secret", reads, prices["secret_read"])


def _events(template: dict[str, Any], wanted: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for function, kind, properties in _all_events(template):
        if kind == wanted:
            yield function, properties


def _all_events(template: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for function, resource in resources(template, "AWS::Serverless::Function").items():
        for event in resource["Properties"].get("Events", {}).values():
            yield function, event["Type"], event["Properties"]


def _value(node: Any, template: dict[str, Any]) -> str:
    return str(template["Parameters"][node["Ref"]]["Default"] if isinstance(node, dict) else node)


def _target(node: dict[str, Any]) -> str:
    return str(node["Fn::GetAtt"][0])


def main() -> None:
    """Print the idle month, dearest line first."""
    bill = sorted(idle_bill(), key=lambda line: -line.usd)
    for line in bill:
        sys.stdout.write(f"{line.usd:8.3f}  {line.what} ({line.quantity:,.3g} x {line.price_usd:g})\n")
    sys.stdout.write(f"{sum(line.usd for line in bill):8.2f}  USD a month, list price of the idle stack\n")


if __name__ == "__main__":
    main()
