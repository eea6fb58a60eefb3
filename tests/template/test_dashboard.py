"""The dashboard and the alarms name only what is counted, by us or by the service."""

import ast
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from infra.template.idle_cost import _PRICES as PRICES
from ownerloop.domain.contact import ContactState
from ownerloop.usecases.dispatch_contacts import DispatchReport
from ownerloop.usecases.intake_world import IngestReport
from tests.contact_builders import a_contact
from tests.template.reading import ALARMS, FUNCTIONS, QUEUES, TABLES, TEMPLATE

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {
    "AWS/SQS": {"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"},
    "AWS/Lambda": {"Errors", "Duration", "Throttles", "IteratorAge", "Invocations"},
    "AWS/DynamoDB": {"ConsumedWriteCapacityUnits"},
    "AWS/States": {"ExecutionsFailed"},
    "AWS/ApiGateway": {"5XXError"},
}
BODY: dict[str, Any] = json.loads(TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])
SHOWN: list[list[Any]] = [line for widget in BODY["widgets"] for line in widget["properties"]["metrics"]]


def counted() -> set[str]:
    """Return every metric that a function counts: named in its app.py, or among the facts of a report."""
    apps = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("functions/*/app.py"))]
    named = {one for text in apps for one in re.findall(r'count(?:_by_reason)?\(\s*"([A-Z]\w+)"', text)}
    reports = {*DispatchReport(moves=Counter(ContactState)).facts, *IngestReport().facts}
    usecases = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("shared/ownerloop/usecases/*.py"))]
    trees = [ast.parse(text) for text in usecases if "in the names of the metrics" in text]
    facts = {
        key.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in {"facts", "by_reason"}
        for part in ast.walk(node)
        if isinstance(part, ast.Dict)
        for key in part.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }
    return named | reports | facts


def test_every_metric_of_the_dashboard_is_counted_by_a_function_or_a_service() -> None:
    ours = counted()
    searched = {
        name for line in SHOWN for name in re.findall(r'MetricName="(\w+)"', json.dumps(line).replace("\\", ""))
    }

    assert searched
    assert searched <= ours
    for line in SHOWN:
        if not isinstance(line[0], dict):
            assert line[1] in (ours if line[0] == "OwnerLoop" else SERVICES[line[0]]), line


def test_every_metric_of_an_alarm_is_counted_by_a_function_or_a_service() -> None:
    for name, alarm in ALARMS.items():
        said = alarm["Properties"]
        known = counted() if said["Namespace"] == "OwnerLoop" else SERVICES[said["Namespace"]]
        assert said["MetricName"] in known, name


def test_the_dashboard_shows_every_queue_table_and_function() -> None:
    named = {one for line in SHOWN for one in re.findall(r"\$\{(\w+)[.}]", json.dumps(line))}

    assert {*QUEUES, *TABLES, *FUNCTIONS} == named
    assert all(widget["properties"]["region"] == "${AWS::Region}" for widget in BODY["widgets"])


def test_the_dashboard_counts_writes_at_the_price_of_the_bill() -> None:
    price = json.loads(PRICES.read_text(encoding="utf-8"))["prices"]["dynamodb_write_unit"]
    (said,) = [line[0]["expression"] for line in SHOWN if isinstance(line[0], dict) and line[0]["id"] == "usd"]

    assert float(said.rpartition("* ")[2]) == price


def test_only_what_the_day_has_no_place_for_counts_as_held_at_the_cap() -> None:
    report = DispatchReport()
    report.moved(a_contact(1, state=ContactState.HELD, reason="daily_cap"))
    report.moved(a_contact(2, state=ContactState.HELD, reason="quiet_hours"))
    report.moved(a_contact(3, state=ContactState.RESERVED, reason="reserved"))

    assert (report.facts["ContactsHeldAtCap"], report.facts["ContactsHeld"]) == (1, 2)
