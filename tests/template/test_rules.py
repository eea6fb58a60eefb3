"""The template's own rules (style §13, design §2)."""

import re
from itertools import pairwise

import pytest

from infra.layers.build import LAYERS, RUNTIME
from infra.template.reading import TEMPLATE as TEMPLATE_FILE
from infra.template.reading import resources
from tests.template.reading import (
    ALARMS,
    FUNCTIONS,
    MACHINES,
    QUEUES,
    TABLES,
    TEMPLATE,
    as_list,
    events,
    named,
    properties_of,
    role_statements,
)

SECTIONS = {
    "Layers": ("AWS::Serverless::LayerVersion",),
    "Tables": ("AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::SecretsManager::Secret"),
    "Buckets": ("AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Events::EventBus"),
    "Queues": ("AWS::SQS::Queue", "AWS::SQS::QueuePolicy", "AWS::Events::Rule", "AWS::IAM::ManagedPolicy"),
    "Functions": (
        "AWS::Serverless::Function",
        "AWS::StepFunctions::StateMachine",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::Serverless::Api",
        "AWS::ApiGateway::UsagePlan",
    ),
    "Alarms": ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"),
}

HOLDS_DATA = (
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
)

SOURCES = {named(event["Queue"]): function for function, _, event in events("SQS")}


def test_the_sections_stand_in_their_order() -> None:
    top = [name for name in TEMPLATE if name in {"Parameters", "Globals", "Resources", "Outputs"}]
    section_of = {kind: number for number, kinds in enumerate(SECTIONS.values()) for kind in kinds}
    numbers = [section_of[resource["Type"]] for resource in TEMPLATE["Resources"].values()]

    assert top == ["Parameters", "Globals", "Resources", "Outputs"]
    assert all(earlier <= later for earlier, later in pairwise(numbers))


def test_nothing_is_tied_to_one_partition() -> None:
    text = TEMPLATE_FILE.read_text(encoding="utf-8")

    assert "arn:aws" not in text
    assert set(re.findall(r"[\w.]*amazonaws\.com", text)) == {
        f"{one}.amazonaws.com" for one in ("lambda", "events", "states")
    }


def test_every_queue_that_is_consumed_has_dead_letters() -> None:
    targets = {queue: named(properties_of(queue)["RedrivePolicy"]["deadLetterTargetArn"]) for queue in SOURCES}

    assert set(targets.values()) <= set(QUEUES) - set(SOURCES)
    assert len(set(targets.values())) == len(targets)
    assert all(properties_of(queue)["MessageRetentionPeriod"] == 14 * 86400 for queue in set(QUEUES) - set(SOURCES))
    assert all(properties_of(queue)["MessageRetentionPeriod"] == 4 * 86400 for queue in SOURCES)


def test_every_queue_has_an_alarm() -> None:
    watched = {
        (named(dimension["Value"]), alarm["Properties"]["MetricName"])
        for alarm in ALARMS.values()
        for dimension in alarm["Properties"]["Dimensions"]
    }

    for queue in QUEUES:
        metric = "ApproximateAgeOfOldestMessage" if queue in SOURCES else "ApproximateNumberOfMessagesVisible"
        assert (queue, metric) in watched, queue


def test_every_function_has_alarms() -> None:
    watched = {
        (named(alarm["Properties"]["Dimensions"][0]["Value"]), alarm["Properties"]["MetricName"])
        for alarm in ALARMS.values()
    }
    readers = {function for function, _, _ in events("DynamoDB")}

    assert {(function, metric) for function in FUNCTIONS for metric in ("Errors", "Throttles")} <= watched
    assert {(function, "IteratorAge") for function in readers} <= watched


def test_no_alarm_is_mute_where_a_topic_is_given() -> None:
    assert all(
        alarm["Properties"]["AlarmActions"]["Fn::If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]]
        for alarm in ALARMS.values()
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_has_a_trigger(function: str) -> None:
    invoked = {
        named(target)
        for other in (*FUNCTIONS, *MACHINES)
        for statement in role_statements(other)
        if "lambda:InvokeFunction" in as_list(statement["Action"])
        for target in as_list(statement["Resource"])
    }

    admitting = {
        named(authorizer["FunctionArn"])
        for gateway in resources(TEMPLATE, "AWS::Serverless::Api").values()
        for authorizer in gateway["Properties"]["Auth"]["Authorizers"].values()
    }

    assert properties_of(function).get("Events") or function in invoked | admitting


def test_data_is_retained() -> None:
    for name, resource in resources(TEMPLATE, *HOLDS_DATA).items():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_on_demand_restorable_and_encrypted(table: str) -> None:
    properties = properties_of(table)

    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert [key["AttributeName"] for key in properties["KeySchema"]] == ["pk", "sk"]
    assert properties["SSESpecification"]["SSEEnabled"] is True
    assert properties["DeletionProtectionEnabled"] == {"Fn::FindInMap": ["Protection", {"Ref": "Profile"}, "Deletion"]}


def test_a_stream_has_two_consumers_at_most_and_each_is_filtered() -> None:
    consumers = [named(event["Stream"]) for _, _, event in events("DynamoDB")]

    assert max(map(consumers.count, consumers)) <= 2
    for _, _, event in events("DynamoDB"):
        assert event["FilterCriteria"]["Filters"]
        assert (event["StartingPosition"], event["MaximumRetryAttempts"]) == ("TRIM_HORIZON", 5)
        assert event["BisectBatchOnFunctionError"] is True
        assert named(event["DestinationConfig"]["OnFailure"]["Destination"]) == "StreamFailureQueue"


def test_every_batch_reports_its_failed_items() -> None:
    assert all(
        event["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for _, _, event in events("SQS", "DynamoDB")
    )


def test_every_asynchronous_start_has_its_own_retry_limit_and_an_on_failure_queue() -> None:
    scheduled = {function for function, _, _ in events("Schedule")}
    retries = {}
    for function in scheduled | {"SendWecom"}:
        asynchronous = properties_of(function)["EventInvokeConfig"]
        retries[function] = asynchronous["MaximumRetryAttempts"]
        assert named(asynchronous["DestinationConfig"]["OnFailure"]["Destination"]) in set(QUEUES) - set(SOURCES)
        assert asynchronous["MaximumEventAgeInSeconds"] <= 3600

    assert {function for function, count in retries.items() if count} == {
        "ExpirePoints",
        "PlanContacts",
        "SettleBenefits",
        "SettleLeadTimes",
        "SettlePriors",
        "SettleTiers",
    }
    assert properties_of("SendWecom")["EventInvokeConfig"]["MaximumEventAgeInSeconds"] == 60


def test_every_schedule_can_be_stopped_and_says_what_it_is() -> None:
    for function, name, event in events("Schedule"):
        assert event["State"] == {"Ref": "ScheduleState"}, (function, name)
        assert '"schedule"' in event["Input"]


def test_no_function_reserves_concurrency() -> None:
    assert not any("ReservedConcurrentExecutions" in properties_of(function) for function in FUNCTIONS)


def test_the_layers_are_built_for_the_runtime_that_the_functions_have() -> None:
    layers = resources(TEMPLATE, "AWS::Serverless::LayerVersion")

    assert set(layers) == set(LAYERS)
    assert TEMPLATE["Globals"]["Function"]["Runtime"] == f"python{RUNTIME}"
    assert all(layer["Properties"]["CompatibleRuntimes"] == [f"python{RUNTIME}"] for layer in layers.values())


def test_every_parameter_is_described_and_used() -> None:
    text = TEMPLATE_FILE.read_text(encoding="utf-8")

    for name, parameter in TEMPLATE["Parameters"].items():
        assert parameter["Description"]
        assert f"!Ref {name}" in text


@pytest.mark.parametrize("machine", MACHINES)
def test_every_state_machine_has_an_alarm_and_tells_of_its_failures(machine: str) -> None:
    watched = {
        (named(alarm["Properties"]["Dimensions"][0]["Value"]), alarm["Properties"]["MetricName"])
        for alarm in ALARMS.values()
    }
    states = properties_of(machine)["Definition"]["States"]
    caught = {catcher["Next"] for state in states.values() for catcher in state.get("Catch", [])}

    assert (machine, "ExecutionsFailed") in watched
    assert all("Catch" in state for name, state in states.items() if state["Type"] != "Fail" and name not in caught)
    assert all("sqs:SendMessage" in str(role_statements(machine)) and states[name]["Type"] == "Task" for name in caught)
