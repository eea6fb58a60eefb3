"""Why a message failed, as the function's own log says it: the kind of fault and where it was raised."""

import json
from datetime import timedelta
from typing import Any

from infra.operation.places import Place
from infra.operation.site import Site

LOOK_BACK = timedelta(days=4)  # as long as a queue keeps a message before it is given up
PAGES_MAX = 20


def last_fault(site: Site, place: Place, *, about: str = "") -> str:
    """Return the newest fault in the logs of the functions that work here, or the one about a message; else nothing."""
    newest: tuple[int, str] = (0, "")
    for function in place.functions:
        for line in _lines(site, site.ids.get(f"{function}Log", ""), '"fault"'):
            newest = max(newest, line)
        for line in _lines(site, site.ids.get(f"{function}Log", ""), f'"{about}"') if about else ():
            return line[1]
    return newest[1]


def _lines(site: Site, group: str, pattern: str) -> list[tuple[int, str]]:
    if not group:
        return []
    logs = site.client("logs")
    since = int((site.now - LOOK_BACK).timestamp() * 1000) if not site.is_local else 0
    found: list[tuple[int, str]] = []
    request: dict[str, Any] = {"logGroupName": group, "filterPattern": pattern, "startTime": since}
    for _ in range(PAGES_MAX):
        try:
            answer = logs.filter_log_events(**request)
        except logs.exceptions.ResourceNotFoundException:
            return found
        told = ((event["timestamp"], _said(event["message"])) for event in answer["events"])
        found += [(at, said) for at, said in told if said]
        if not answer.get("nextToken"):
            return found
        request["nextToken"] = answer["nextToken"]
    return found


def _said(line: str) -> str:
    """Return what a log line of ours says of a fault; the words of others could quote data and are left out."""
    try:
        told = json.loads(line)
    except ValueError:
        return "timed out" if "Task timed out" in line else ""
    if not isinstance(told, dict) or not isinstance(told.get("message"), str):
        return ""
    parts = [told["message"], *(str(told[name]) for name in ("fault", "where", "reason") if told.get(name))]
    return " ".join(parts) if len(parts) > 1 else ""
