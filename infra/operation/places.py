"""Where the given-up lie: every dead-letter and on-failure queue of the template, and where each came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from infra.template.reading import load_template, resources


class Way(StrEnum):
    """How a message came to lie here, which is also how it goes back."""

    QUEUE = "queue"  # received too often from its queue; the body is the message
    FAILURE = "failure"  # a record of a failed start or of a range of a stream; it names its function


@dataclass(frozen=True, slots=True)
class Place:
    """One queue of the given-up: `source` is the queue that feeds it, or empty; `functions` those whose work it is."""

    name: str
    way: Way
    source: str
    functions: tuple[str, ...]
    is_of_vault: bool


class NoSuchPlaceError(LookupError):
    """The template has no dead-letter or on-failure queue of that name."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"there is no {name}; there are {', '.join(known)}")
        self.name, self.known = name, known


@cache
def places() -> tuple[Place, ...]:
    """Return every queue of the given-up in the order of the template."""
    whole = load_template()
    queues = resources(whole, "AWS::SQS::Queue")
    feeds = {_target(queue): name for name, queue in queues.items() if "RedrivePolicy" in queue["Properties"]}
    failing, reading = _destinations(whole), _readers(whole)
    found = []
    for name, queue in queues.items():
        source = feeds.get(name, "")
        if source or name in failing:
            functions = reading.get(source, ()) if source else failing[name]
            is_of_vault = "KmsMasterKeyId" in queue["Properties"]
            found.append(Place(name, Way.QUEUE if source else Way.FAILURE, source, tuple(functions), is_of_vault))
    return tuple(found)


def place_called(name: str) -> Place:
    """Return the place of that name, or of the name without its ending; else raise NoSuchPlaceError."""
    asked = name.casefold()
    for place in places():
        if asked in {place.name.casefold(), place.source.casefold(), place.name.casefold().removesuffix("deadletters")}:
            return place
    raise NoSuchPlaceError(name, [place.name for place in places()])


def _target(queue: Mapping[str, Any]) -> str:
    target: str = queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    return target


def _readers(template: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, function in resources(dict(template), "AWS::Serverless::Function").items():
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] == "SQS":
                found.setdefault(event["Properties"]["Queue"]["Fn::GetAtt"][0], []).append(name)
    return found


def _destinations(template: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, function in resources(dict(template), "AWS::Serverless::Function").items():
        for queue in dict.fromkeys(_on_failure(function["Properties"])):
            found.setdefault(queue, []).append(name)
    return found


def _on_failure(part: Any) -> Iterator[str]:
    """Yield the queue of every OnFailure within a part of the template."""
    if isinstance(part, Mapping):
        if "OnFailure" in part:
            target = part["OnFailure"]["Destination"]
            yield target["Fn::GetAtt"][0]
        for inner in part.values():
            yield from _on_failure(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _on_failure(inner)
