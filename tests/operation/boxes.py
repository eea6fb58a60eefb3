"""A box of what was given up: filled, emptied and counted."""

import boto3

from infra.operation.letters import Box, counted
from infra.operation.places import place_called
from infra.operation.redriving import Tally, Wish, redrive
from infra.operation.site import Site
from tests.messages import a_telemetry, body


def the_box(site: Site, name: str = "VehicleDataDeadLetters") -> Box:
    return Box(site, place_called(name))


def put(site: Site, name: str, *bodies: str, redrives: int = 0) -> list[str]:
    """Put messages into a queue and return their ids."""
    more = {"MessageAttributes": counted(redrives)} if redrives else {}
    queue = boto3.client("sqs")
    return [queue.send_message(QueueUrl=site.ids[name], MessageBody=one, **more)["MessageId"] for one in bodies]


def run(site: Site, wish: Wish, name: str = "VehicleDataDeadLetters") -> Tally:
    return redrive(the_box(site, name), wish, pause=lambda _: None, advance=lambda _: None)


def messages(n: int) -> list[str]:
    return [body(a_telemetry(event_id=f"e-{number}")).decode() for number in range(n)]
