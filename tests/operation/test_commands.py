"""The operator's commands: which stack they touch, what they ask before, and what people and programs are told."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from infra.command_line import sites
from infra.command_line.main import app
from infra.local.deploy import STACK_NAME
from infra.operation.site import KINDS, HalfDeployedError, Site, site_of
from infra.reaching import NoSuchStackError
from infra.template.reading import load_template, resources
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.contracts.intake import TelemetryV1
from ownerloop.ports import Refusal
from tests.builders import START
from tests.messages import VIN, a_telemetry, body, metres

CHANGING = (
    ["dlq", "redrive", "VehicleDataDeadLetters", "--all"],
    ["dlq", "discard", "VehicleDataDeadLetters", "--all", "--reason", "because"],
    ["quarantine", "fix", "--all", "--set", "data.signals.Vehicle.TraveledDistance.unit=m"],
    ["quarantine", "redrive", "--all"],
)
Run = Callable[..., Result]


@pytest.fixture
def run(site: Site, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a runner: without --stack the local stack is up, with it a deployed one answers by that name."""
    monkeypatch.setattr(sites, "find_stack", lambda: "the local one")
    monkeypatch.setattr(sites, "local_site", lambda _: site)
    monkeypatch.setattr(sites, "deployed_site", lambda name, **_: replace(site, name=name, is_local=False))
    return lambda *arguments, **more: CliRunner().invoke(app, list(arguments), **more)


@pytest.fixture
def given_up(site: Site) -> str:
    sent = site.client("sqs").send_message(
        QueueUrl=site.ids["VehicleDataDeadLetters"], MessageBody=body(a_telemetry()).decode()
    )
    return str(sent["MessageId"])


@pytest.fixture
def refused(site: Site, vehicle_id: str) -> str:
    raw = body(a_telemetry(event_id="e-1", received_at=START, signals=metres(10_100_000, unit="furlong")))
    identity = TelemetryV1().identity_of(raw)
    sealed = TelemetryV1().kept_body(raw, classes=frozenset({"odometer"}), vin=VIN, vehicle_id=vehicle_id)
    event_type, field = identity.event_type, "data.signals.Vehicle.TraveledDistance.unit"
    refusal = Refusal(identity.event_key, event_type, "wrong_unit", field, "is m", "h", START, vehicle_id, sealed)
    DynamoQuarantine(site.ids["QuarantineTable"]).put([refusal], now=START)
    return identity.event_key


def lying(site: Site, queue: str) -> int:
    asked = {"QueueUrl": site.ids[queue], "AttributeNames": ["ApproximateNumberOfMessages"]}
    return int(site.client("sqs").get_queue_attributes(**asked)["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize("arguments", CHANGING)
def test_nothing_changes_a_deployed_stack_without_its_name_and_a_confirmation(
    run: Run, site: Site, given_up: str, refused: str, arguments: list[str]
) -> None:
    unasked = run(*arguments, "--stack", "prod", input="\n")
    mistyped = run(*arguments, "--stack", "prod", input="production\n")

    assert (unasked.exit_code, mistyped.exit_code) == (2, 2)
    assert "nothing was changed" in mistyped.output
    assert lying(site, "VehicleDataDeadLetters") == 1
    assert lying(site, "VehicleDataQueue") == 0
    row = json.loads(run("quarantine", "show", refused, "--json").stdout)
    assert (row["stand"], row["redrives"]) == ("open", 0)


def test_a_typed_name_or_yes_lets_it_through_and_the_local_stack_needs_neither(
    run: Run, site: Site, given_up: str
) -> None:
    queue = site.client("sqs")
    for more in (
        {"arguments": ["--stack", "prod"], "input": "prod\n"},
        {"arguments": ["--stack", "prod", "--yes"]},
        {"arguments": []},
    ):
        told = run(*CHANGING[0], *more.pop("arguments"), **more)
        assert (told.exit_code, lying(site, "VehicleDataDeadLetters")) == (0, 0), told.output
        queue.send_message(QueueUrl=site.ids["VehicleDataDeadLetters"], MessageBody=body(a_telemetry()).decode())

    assert lying(site, "VehicleDataQueue") == 3


def test_the_list_says_how_much_lies_where_and_where_it_came_from(run: Run, given_up: str) -> None:
    told = run("dlq", "list", "--json")

    piles = {pile["queue"]: pile for pile in json.loads(told.stdout)}
    assert piles["VehicleDataDeadLetters"]["messages"] == 1
    assert piles["VehicleDataDeadLetters"]["source"] == "VehicleDataQueue"
    assert piles["VehicleDataDeadLetters"]["functions"] == ["IngestVehicleData"]
    assert piles["VehicleDataDeadLetters"]["oldest_at"] is not None
    assert sum(pile["messages"] for pile in piles.values()) == 1
    shown = run("dlq", "list", env={"COLUMNS": "80"}).output
    assert "1 messages wait" in shown
    assert all(f"│ {name} " in shown for name in piles)  # whole: the other commands want it


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["log", "--day", "yesterday"], "--day yesterday is not a date"),
        (["list", "--day", "2026-02-30"], "--day 2026-02-30 is not a date"),
        (["fix", "--all", "--day", "1/3/2026", "--patch", "{}"], "--day 1/3/2026 is not a date"),
        (["redrive", "e-1", "--reason", "wrong_unit"], "go with --all"),
    ],
)
def test_a_choice_that_would_choose_nothing_is_refused(run: Run, arguments: list[str], said: str) -> None:
    told = run("quarantine", *arguments)

    assert (told.exit_code, said in told.output) == (2, True), told.output


def test_what_is_shown_says_why_by_the_log_of_the_function(run: Run, site: Site, given_up: str) -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="ingest")
    logs.create_log_stream(logGroupName="ingest", logStreamName="s")
    line = {"level": "ERROR", "message": "batch part faulted", "fault": "UnreadableItemError", "where": "items.py:41"}
    events = [{"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": json.dumps(line)}]
    logs.put_log_events(logGroupName="ingest", logStreamName="s", logEvents=events)
    try:
        held: Any = site.ids
        held["IngestVehicleDataLog"] = "ingest"
        told = run("dlq", "show", "VehicleData", "--json")
    finally:
        held.pop("IngestVehicleDataLog")
        logs.delete_log_group(logGroupName="ingest")

    (letter,) = json.loads(told.stdout)
    assert letter["message_id"] == given_up
    assert letter["reason"] == "batch part faulted UnreadableItemError items.py:41"
    assert VIN not in told.output
    assert lying(site, "VehicleDataDeadLetters") == 1


def test_a_refused_event_is_mended_and_sent_from_the_command_line(run: Run, site: Site, refused: str) -> None:
    listed = json.loads(run("quarantine", "list", "--json").stdout)
    fixed = run("quarantine", "fix", refused, "--set", "data.signals.Vehicle.TraveledDistance.unit=m", "--json")
    mended = json.loads(run("quarantine", "show", refused, "--json").stdout)
    sent = run("quarantine", "redrive", "--all", "--json")

    assert [(group["reason"], group["source"], group["events"]) for group in listed["groups"]] == [
        ("wrong_unit", "urn:test:cars", 1)
    ]
    assert json.loads(fixed.stdout) == {"mended": [refused], "refused": {}}
    assert (mended["stand"], mended["mended_by"]) == ("mended", "arn:aws:sts::123456789012:user/moto")
    assert json.loads(sent.stdout) == {"redriven": [refused], "changed": [], "refused": {}}
    assert lying(site, "VehicleDataQueue") == 1
    assert "0 events wait here" in run("quarantine", "list").output
    assert json.loads(run("quarantine", "list", "--done", "--json").stdout)["events"] == 1
    log = json.loads(run("quarantine", "log", "--json").stdout)
    assert [(line["act"], line["events"], line["keys"]) for line in log] == [
        ("mended", 1, [refused]),
        ("redriven", 1, [refused]),
    ]
    assert "2 acts" in run("quarantine", "log").output


def test_what_would_be_refused_again_is_not_sent_and_ends_with_one(run: Run, site: Site, refused: str) -> None:
    told = run("quarantine", "redrive", refused, "--json")

    assert told.exit_code == 1
    assert "unit" in json.loads(told.stdout)["refused"][refused]
    assert lying(site, "VehicleDataQueue") == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["dlq", "redrive", "VehicleDataDeadLetters"], "--all"),
        (["dlq", "redrive", "VehicleDataDeadLetters", "m-1", "--all"], "--all"),
        (["dlq", "discard", "VehicleDataDeadLetters", "--all"], "--reason"),
        (["dlq", "show", "Nowhere"], "SendFailureQueue"),
        (["quarantine", "fix", "--all"], "--patch"),
        (["quarantine", "fix", "--all", "--patch", "[1]"], "JSON object"),
        (["quarantine", "fix", "--all", "--set", "unit"], "path=value"),
        (["quarantine", "redrive"], "--all"),
        (["quarantine", "show", "f" * 32], "no"),
        (["verify", "--region", "eu-west-1"], "--stack"),
    ],
)
def test_wrong_use_ends_with_two_and_says_what_was_meant(run: Run, arguments: list[str], says: str) -> None:
    told = run(*arguments)

    assert told.exit_code == 2
    assert says in told.output


def test_without_a_stack_every_command_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sites, "find_stack", lambda: None)

    for arguments in (["dlq", "list"], ["quarantine", "list"], ["verify"], CHANGING[0], CHANGING[3]):
        told = CliRunner().invoke(app, arguments)
        assert (told.exit_code, "ownerloop up" in told.output) == (1, True)


class Formation:
    """A stand-in for CloudFormation that knows one stack."""

    def __init__(self, *, status: str = "CREATE_COMPLETE", lacks: str = "") -> None:
        self._status, self._lacks = status, lacks

    @property
    def exceptions(self) -> Any:
        return boto3.client("cloudformation", region_name="us-east-1").exceptions

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803  # boto3's name
        if StackName != STACK_NAME:
            raise self.exceptions.ClientError({"Error": {"Code": "ValidationError", "Message": ""}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self._status}]}

    def get_paginator(self, _: str) -> "Formation":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        held = [name for name in _names() if name != self._lacks]
        return [{"StackResourceSummaries": [{"LogicalResourceId": n, "PhysicalResourceId": n.lower()} for n in held]}]


@cache
def _names() -> tuple[str, ...]:
    return tuple(resources(load_template(), *KINDS))


def a_site(**formation: str) -> Site:
    return site_of(STACK_NAME, lambda _: Formation(**formation), is_local=True, now=START)


def test_a_whole_stack_is_known_by_the_names_of_the_template() -> None:
    assert a_site().ids["VehicleDataDeadLetters"] == "vehicledatadeadletters"
    assert a_site(status="UPDATE_ROLLBACK_COMPLETE").name == STACK_NAME


@pytest.mark.parametrize(
    ("formation", "names"),
    [
        ({"lacks": "PointsTable"}, "no PointsTable"),
        ({"status": "CREATE_IN_PROGRESS"}, "CREATE_IN_PROGRESS"),
        ({"status": "ROLLBACK_COMPLETE"}, "ROLLBACK_COMPLETE"),
        ({"status": "UPDATE_FAILED"}, "UPDATE_FAILED"),
    ],
)
def test_a_half_deployed_stack_is_refused_and_what_is_missing_is_named(formation: dict[str, str], names: str) -> None:
    with pytest.raises(HalfDeployedError, match=names):
        a_site(**formation)


def test_a_stack_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoSuchStackError):
        site_of("nowhere", lambda _: Formation(), is_local=False, now=START)


def test_a_half_deployed_stack_ends_the_command_with_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str, **_: str) -> Site:
        raise HalfDeployedError(name, missing=["no PointsTable"])

    monkeypatch.setattr(sites, "deployed_site", refuse)

    told = CliRunner().invoke(app, ["verify", "--stack", "prod"])

    assert told.exit_code == 1
    assert "no PointsTable" in told.output
