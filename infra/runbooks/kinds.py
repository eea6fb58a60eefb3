"""The page of each kind of alarm: what it means, who is harmed, where to look, what to do, what comes after."""

from dataclasses import dataclass, field

from infra.operation.places import Place, Way, place_called, places
from infra.runbooks.alarms import (
    Alarm,
    deployed,
    facts,
    function_of,
    rules_of,
    span,
)
from infra.runbooks.wording import (
    RETRIES,
    STACK,
    attempts,
    dlq_line,
    kept_for,
    kinds_of,
    letters_of,
    listed,
    redrive_line,
    start_line,
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says; `log` is the log group to look into, or empty; commands stand as they are typed."""

    means: list[str]
    owners: str
    look: list[str]
    log: str
    act: list[str]
    afterwards: list[str] = field(default_factory=list)


def page_of(alarm: Alarm) -> Page:
    """Return what the page of an alarm says."""
    if alarm.name in facts()["alarms"]:
        return _alone(alarm)
    match alarm.metric:
        case "ApproximateNumberOfMessagesVisible":
            place = place_called(alarm.subject)
            return _dead_letters(place) if place.way is Way.QUEUE else _failures(place)
        case "ApproximateAgeOfOldestMessage":
            return _age(alarm)
        case "Errors":
            return _errors(alarm)
        case "Throttles":
            return _throttles(alarm)
        case "IteratorAge":
            return _lag(alarm)
        case "Invocations":
            return _idle(alarm)
        case _:
            raise LookupError(alarm.name)


def _alone(alarm: Alarm) -> Page:
    said = facts()["alarms"][alarm.name]
    return Page(said["means"], said["owners"], said["look"], said["log"], said["act"], said.get("afterwards", []))


def _dead_letters(place: Place) -> Page:
    said, function = facts()["queues"][place.source], facts()["functions"][place.functions[0]]
    tries = deployed({"Fn::FindInMap": ["Timings", "", "MaxReceiveCount"]})
    return Page(
        means=[
            (
                f"{place.functions[0]} ({function['work']}) was given a message of {place.source} {tries} times and "
                f"failed on it "
                f"each time, or died over it. It lies in {place.name} for {kept_for(place.name)}, then it is gone."
            ),
            f"Such a message holds {said['carries']}.",
        ],
        owners=said["harm"],
        look=[
            *dlq_line("list", ""),
            *dlq_line("show", place.name),
            *[f"ownerloop quarantine list {STACK}"] * place.is_of_vault,
        ],
        log=f"{place.functions[0]}Log",
        act=[
            (
                f"The reason is a service's (throttled, timed out, unavailable): wait until it is well, then "
                f"`{redrive_line(place)}`."
            ),
            (
                f"The reason is a fault of ours (a kind of error and a place in the code): mend and deploy "
                f"{place.functions[0]} first, "
                f"then redrive. What was redriven and came back is left alone unless you add `--again`. "
                f"{function['again']}"
            ),
            (
                "The message itself is of no use to anybody and its source has sent it anew: "
                f'`ownerloop dlq discard {place.name} MESSAGE --reason "..." {STACK}`; the audit keeps who, when and '
                f"why."
            ),
        ],
        afterwards=[f"`ownerloop dlq show {place.name} {STACK}` says that it is empty; the alarm ends a minute later."],
    )


def _failures(place: Place) -> Page:
    said = facts()["failures"][place.name]
    return Page(
        means=[
            f"{place.name} holds {said['holds']}. It is kept for {kept_for(place.name)}.",
            f"It hears of {listed(place.functions)}.",
        ],
        owners=said["owners"],
        look=dlq_line("list", "") + dlq_line("show", place.name),
        log="",
        act=[
            *said["act"],
            f"To try again: `{redrive_line(place)}`. The function is started and waited for, so the answer is known.",
        ],
        afterwards=[f"`ownerloop dlq show {place.name} {STACK}` says that it is empty."],
    )


def _age(alarm: Alarm) -> Page:
    function, said = function_of(alarm.subject), facts()["queues"][alarm.subject]
    letters = next(place.name for place in places() if place.source == alarm.subject)
    own = facts()["functions"][function]
    return Page(
        means=[
            (
                f"The oldest message of {alarm.subject} has waited for more than {span(alarm.threshold)}: {function} "
                f"({own['work']}) is not taken to it, is too slow, or fails on it and has it back after its visibility."
            ),
            f"A message holds {said['carries']}. The queue keeps it for {kept_for(alarm.subject)}.",
        ],
        owners=f"{own['owners']} {said['harm']}",
        look=[
            f'aws sqs get-queue-attributes --queue-url "$(physical {alarm.subject})" --attribute-names All',
            *dlq_line("show", letters),
        ],
        log=f"{function}Log",
        act=[
            f"Errors or throttles of {function}: go by their pages, the queue empties by itself then.",
            (
                "Neither: more is sent than is worked. Look at the depth; if it falls, wait. If it grows, raise the "
                "function's "
                "MaximumConcurrency (Scale in template.yaml) and the account's concurrency with it."
            ),
            (
                f"Nothing is started at all: the event source of {function} is off. `aws lambda "
                f"list-event-source-mappings "
                f'--function-name "$(physical {function})"`, then `aws lambda update-event-source-mapping --enabled '
                f"--uuid UUID`."
            ),
            "Never purge the queue: what it holds is nowhere else.",
        ],
        afterwards=[f"Messages that failed too often meanwhile lie in {letters}: redrive them."],
    )


def _errors(alarm: Alarm) -> Page:
    function, own = alarm.subject, facts()["functions"][alarm.subject]
    often = f"more than {alarm.threshold:g} times" if alarm.threshold else "at least once"
    return Page(
        means=[
            (
                f"{function}, which {own['work']}, raised, timed out or ran out of memory {often} within "
                f"{span(alarm.period_seconds)}."
            ),
            own["still"],
            *(RETRIES[kind].format(function=function, attempts=attempts()) for kind in kinds_of(function)),
        ],
        owners=own["owners"],
        look=[line for name in letters_of(function) for line in dlq_line("show", name)],
        log=f"{function}Log",
        act=[
            "AccessDenied, ResourceNotFound, a missing setting: the last deploy or a change by hand. Roll back.",
            (
                "`Task timed out` or memory: compare duration and input with yesterday's; DynamoDB, KMS and WeCom are "
                "the usual waits."
            ),
            f"A kind of error and a place in our code: mend it. {own['again']}",
        ],
        afterwards=[
            f"`ownerloop dlq redrive {name} --all {STACK}` for what was given up." for name in letters_of(function)
        ],
    )


def _throttles(alarm: Alarm) -> Page:
    function, own = alarm.subject, facts()["functions"][alarm.subject]
    return Page(
        means=[
            (
                f"Lambda refused to start {function}, which {own['work']}: the account's concurrency in this region "
                f"was used up. "
                "No function of this stack reserves any, so something else, here or in a neighbour stack, took it."
            ),
            (
                f"Starts that were refused are tried again by their trigger. If it goes on: "
                f"{own['still'][0].lower()}{own['still'][1:]}"
            ),
        ],
        owners=own["owners"],
        look=[
            "aws lambda get-account-settings --query AccountLimit",
            (
                "aws cloudwatch get-metric-statistics --namespace AWS/Lambda --metric-name ConcurrentExecutions "
                "--statistics Maximum "
                '--period 60 --start-time "$(date -u -d \'-1 hour\' +%FT%TZ)" --end-time "$(date -u +%FT%TZ)"'
            ),
        ],
        log="",
        act=[
            (
                "Find who uses it: the same metric with `--dimensions Name=FunctionName,Value=...`. A replay or an "
                "import can be slowed down."
            ),
            (
                "It is this stack's own load: lower IntakeConcurrency or JobConcurrency (Scale in template.yaml), or "
                "have the limit raised."
            ),
        ],
        afterwards=[
            f"Look what was given up meanwhile: `ownerloop dlq show {name} {STACK}`." for name in letters_of(function)
        ],
    )


def _lag(alarm: Alarm) -> Page:
    function, own = alarm.subject, facts()["functions"][alarm.subject]
    return Page(
        means=[
            (
                f"{function}, which {own['work']}, is {span(alarm.threshold / 1000)} behind a stream of a table. "
                "A stream forgets after 24 hours: what is not read by then is not read at all."
            ),
            own["still"],
        ],
        owners=own["owners"],
        look=[
            (
                f'aws lambda list-event-source-mappings --function-name "$(physical {function})" '
                "--query 'EventSourceMappings[].[EventSourceArn,State,LastProcessingResult]'"
            ),
            *dlq_line("show", "StreamFailureQueue"),
        ],
        log=f"{function}Log",
        act=[
            (
                f"{function} fails on a batch: it is retried five times and halved, so a shard stands still meanwhile. "
                f"Go by {function}'s error page."
            ),
            (
                "A mapping is disabled: enable it (`aws lambda update-event-source-mapping --enabled --uuid UUID`); "
                "it goes on where it stopped."
            ),
            (
                "It is only too slow after an import: raise ParallelizationFactor of that event in template.yaml; "
                "order is kept per item."
            ),
        ],
        afterwards=["`ownerloop verify` holds tables against lake and gates; what was lost is named there."],
    )


def _idle(alarm: Alarm) -> Page:
    function, own = alarm.subject, facts()["functions"][alarm.subject]
    return Page(
        means=[
            (
                f"{function}, which {own['work']}, was not started for "
                f"{span(alarm.period_seconds * alarm.periods)}, neither by "
                "its schedule nor by anything else. After a first deployment this rings until the first start."
            ),
            own["still"],
        ],
        owners=own["owners"],
        look=[
            *(f'aws events describe-rule --name "$(physical {rule})"' for rule in rules_of(function)),
            *dlq_line("show", "ScheduleFailureQueue"),
        ],
        log="",
        act=[
            (
                f"The rule is disabled, which somebody did by hand: with ScheduleState DISABLED there is no such alarm "
                f'(`aws events enable-rule --name "$(physical {rules_of(function)[0]})"`).'
            ),
            (
                "The rule is enabled: its permission to start the function is gone after a "
                "change by hand. Deploy the template again."
            ),
            f"Make up for it now: {start_line(function)}. {own['again']}",
        ],
    )
