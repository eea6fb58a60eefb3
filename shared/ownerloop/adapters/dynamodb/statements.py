"""Conditional writes in batches: up to 25 PartiQL statements a call, each carried out or refused on its own."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from ownerloop.adapters.dynamodb.commands import TRIES_MAX, StillBusyError, pause
from ownerloop.adapters.dynamodb.direct import ask

STATEMENTS_MAX = 25  # BatchExecuteStatement takes no more
_LOST = frozenset({"ConditionalCheckFailed", "DuplicateItem"})
_HEALS = frozenset(
    {
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "InternalServerError",
    }
)

Statement = Mapping[str, Any]


class StatementRefusedError(Exception):
    """The service refused a statement for a reason that is ours to mend."""

    def __init__(self, *, code: str) -> None:
        super().__init__(f"statement refused: {code}")
        self.code = code


def run_statements(statements: Iterable[Statement], *, table: str) -> list[int]:
    """Carry all of them out; return the places of those whose condition did not hold.

    They are taken call by call, so that a batch's statements need not stand in memory side by side.
    """
    refused: list[int] = []
    coming, begins = iter(statements), 0
    while together := list(islice(coming, STATEMENTS_MAX)):
        refused += [begins + place for place in _run(together, table=table)]
        begins += len(together)
    return refused


def _run(statements: Sequence[Statement], *, table: str) -> list[int]:
    refused: list[int] = []
    places: Sequence[int] = range(len(statements))
    for attempt in range(TRIES_MAX):
        answer = ask("dynamodb", "BatchExecuteStatement", {"Statements": [statements[place] for place in places]})
        again: list[int] = []
        for place, response in zip(places, answer["Responses"], strict=True):
            code = response.get("Error", {}).get("Code")
            if code in _LOST:
                refused.append(place)
            elif code in _HEALS:
                again.append(place)
            elif code is not None:
                raise StatementRefusedError(code=code)
        if not again:
            return refused
        places = again
        pause(attempt)
    raise StillBusyError(table=table)
