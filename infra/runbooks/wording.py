"""Words and command lines that the pages of several kinds of alarms share."""

from infra.operation.places import Place, places
from infra.runbooks.alarms import deployed, schedule_of, span, template, triggers_of

STACK = '--stack "$STACK"'
RETRIES = {
    "SQS": "Its messages come again after their visibility ({attempts} receives, then the dead letters); single "
    "bad messages "
    "are given back one by one and are no error, so this is a whole batch.",
    "DynamoDB": "A batch of its stream is tried five times more and halved, then its range lies in StreamFailureQueue.",
    "Schedule": "A scheduled start that fails for good lies in ScheduleFailureQueue.",
    "Api": "Nothing retries for the caller: it saw a 5xx.",
    "": "It is called by another service, which sees the failure at once.",
}


def start_line(function: str) -> str:
    """Return the command that starts the function as its schedule does."""
    said = schedule_of(function)
    return (
        f'`aws lambda invoke --function-name "$(physical {function})" --cli-binary-format raw-in-base64-out '
        f"--payload '{said}' /dev/stdout`"
    )


def kinds_of(function: str) -> list[str]:
    """Return what starts the function; one empty name where another service calls it."""
    return triggers_of(function) or [""]


def attempts() -> int:
    """Return how often a message of any queue is received before it is given up."""
    count: int = deployed({"Fn::FindInMap": ["Timings", "", "MaxReceiveCount"]})
    return count


def letters_of(function: str) -> list[str]:
    """Return the places that keep what the function gave up."""
    return [place.name for place in places() if function in place.functions]


def dlq_line(verb: str, queue: str) -> list[str]:
    """Return the command that looks at a place of given-up messages."""
    return [" ".join(part for part in ("ownerloop dlq", verb, queue, STACK) if part)]


def redrive_line(place: Place) -> str:
    """Return the command that sends everything in a place back."""
    return f"ownerloop dlq redrive {place.name} --all {STACK}"


def kept_for(queue: str) -> str:
    """Return how long a queue keeps a message, in words."""
    return span(template()["Resources"][queue]["Properties"]["MessageRetentionPeriod"])


def listed(names: tuple[str, ...]) -> str:
    """Return the names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
