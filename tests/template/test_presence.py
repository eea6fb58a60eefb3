"""Where a car was lives seven days in its table and leaves it by no stream."""

import json

from infra.template.reading import load_template, resources
from ownerloop.adapters.dynamodb.presence import DynamoPresenceBook
from ownerloop.adapters.streams import vehicle_changes
from ownerloop.domain.presence import Presence
from tests.builders import START


def test_the_table_of_cars_deletes_what_is_past_its_time() -> None:
    table = resources(load_template(), "AWS::DynamoDB::Table")["VehiclesTable"]

    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_whoever_reads_the_stream_of_cars_is_given_their_state_only() -> None:
    functions = resources(load_template(), "AWS::Serverless::Function").values()
    mappings = [event["Properties"] for one in functions for event in one["Properties"].get("Events", {}).values()]
    of_cars = [mapping for mapping in mappings if "VehiclesTable" in json.dumps(mapping.get("Stream", ""))]

    assert of_cars
    for mapping in of_cars:
        (pattern,) = (json.loads(held["Pattern"]) for held in mapping["FilterCriteria"]["Filters"])
        assert pattern["dynamodb"]["Keys"]["sk"] == {"S": ["state"]}


def test_a_row_of_presence_on_the_stream_is_no_change_of_a_car() -> None:
    fact = Presence("v_1", "store-a", START, START, START)
    statement = DynamoPresenceBook("Vehicles")._statement(fact, None)
    names = ("pk", "sk", "schema", "first_at", "last_at", "expires_at")
    image = dict(zip(names, statement["Parameters"], strict=True))

    assert vehicle_changes([{"dynamodb": {"NewImage": image}}]) == []
