"""Goes through a state machine of the template as Step Functions would: Task, Map, Retry, Catch and Fail, no more."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = Callable[[str, dict[str, Any]], Any]


class TaskFailedError(Exception):
    """A task failed as often as it is tried."""


@dataclass(slots=True)
class Run:
    """One execution: the last state, its data, and how often each step was called."""

    call: Call
    ended: str = ""
    data: Any = None
    called: Counter[str] = field(default_factory=Counter)


def run(definition: Mapping[str, Any], data: Mapping[str, Any], *, call: Call) -> Run:
    """Return how an execution with these data ends; `call` gets what a task names and its input."""
    execution = Run(call=call)
    execution.data = _through(definition, dict(data), execution)
    return execution


def _through(machine: Mapping[str, Any], data: Any, execution: Run) -> Any:
    name = machine["StartAt"]
    while True:
        state = machine["States"][name]
        execution.ended = name
        if state["Type"] == "Fail":
            return data
        try:
            result = _done(state, data, execution)
        except TaskFailedError as failed:
            if "Catch" not in state:
                raise
            (catcher,) = state["Catch"]
            data, name = _put(catcher["ResultPath"], data, {"Error": str(failed)}), catcher["Next"]
            continue
        data = _put(state.get("ResultPath", "$"), data, result)
        if state.get("End"):
            return data
        name = state["Next"]


def _done(state: Mapping[str, Any], data: Any, execution: Run) -> Any:
    if state["Type"] == "Map":
        return [
            _through(state["ItemProcessor"], _filled(state["ItemSelector"], data, item), execution)
            for item in _at(state["ItemsPath"], data)
        ]
    asked = _filled(state["Parameters"], data) if "Parameters" in state else data
    target = re.fullmatch(r"\$\{(\w+)\}", state["Resource"])
    assert target, state["Resource"]
    tries = 0
    while True:
        tries += 1
        execution.called[asked.get("step", target[1])] += 1
        try:
            return execution.call(target[1], asked)
        except Exception as failed:
            error = type(failed).__name__
            if tries > _retries(state, error):
                raise TaskFailedError(error) from failed


def _retries(state: Mapping[str, Any], error: str) -> int:
    # The first retrier that names the error decides.
    matching = (one for one in state.get("Retry", []) if {error, "States.ALL"} & set(one["ErrorEquals"]))
    return int(next(matching, {"MaxAttempts": 0})["MaxAttempts"])


def _filled(template: Any, data: Any, item: Any = None) -> Any:
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): (item if value.startswith("$$.") else _at(value, data))
        if name.endswith(".$")
        else _filled(value, data, item)
        for name, value in template.items()
    }


def _at(path: str, data: Any) -> Any:
    here, many = [data], False
    for name, every in re.findall(r"\.(\w+)(\[\*\])?", path):
        here, many = [one[name] for one in here], many or bool(every)
        here = [one for each in here for one in each] if every else here
    return here if many else here[0]


def _put(path: str, data: Any, result: Any) -> Any:
    return result if path == "$" else {**data, path.removeprefix("$."): result}
