"""How a stack stands at a glance: what waits in its queues, what its tables hold, which alarms ring."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from infra.operation.site import Site
from infra.template.reading import load_template, resources

_DEPTHS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_NAMES_MAX = 100  # of one DescribeAlarms


@dataclass(frozen=True, slots=True)
class Overview:
    """`queues` count messages, also those in work; `items` are the service's own count, some hours old.

    `ringing` names the alarms that ring; `silent` those that lack data to say so.
    """

    queues: dict[str, int]
    items: dict[str, int]
    ringing: tuple[str, ...]
    silent: tuple[str, ...]


def overview_of(site: Site) -> Overview:
    """Return how the stack stands; nothing is received, scanned or written."""
    template = load_template()
    states = _alarms(site, resources(template, "AWS::CloudWatch::Alarm"))
    return Overview(
        queues={name: _depth(site, name) for name in sorted(resources(template, "AWS::SQS::Queue"))},
        items={name: _items(site, name) for name in sorted(resources(template, "AWS::DynamoDB::Table"))},
        ringing=tuple(sorted(name for name, state in states.items() if state == "ALARM")),
        silent=tuple(sorted(name for name, state in states.items() if state == "INSUFFICIENT_DATA")),
    )


def _depth(site: Site, queue: str) -> int:
    told = site.client("sqs").get_queue_attributes(QueueUrl=site.ids[queue], AttributeNames=list(_DEPTHS))
    return sum(int(told["Attributes"][name]) for name in _DEPTHS)


def _items(site: Site, table: str) -> int:
    return int(site.client("dynamodb").describe_table(TableName=site.ids[table])["Table"]["ItemCount"])


def _alarms(site: Site, names: Iterable[str]) -> dict[str, str]:
    """Return the state of each alarm that stands; one whose condition does not hold does not."""
    logical = {site.ids[name]: name for name in names if name in site.ids}
    told = (alarm for some in _chunks(sorted(logical)) for alarm in _described(site, some))
    return {logical[name]: state for name, state in told if name in logical}


def _described(site: Site, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for page in site.pages("cloudwatch", "describe_alarms", AlarmNames=list(names), AlarmTypes=["MetricAlarm"]):
        yield from ((alarm["AlarmName"], alarm["StateValue"]) for alarm in page["MetricAlarms"])


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _NAMES_MAX):
        yield names[start : start + _NAMES_MAX]
