"""Pages over ordered rows, with a cursor that stays right when rows are added."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from itertools import islice
from typing import TypeVar

from infra.simulator import errors
from infra.simulator.errors import RefusedError
from infra.simulator.journal import Json

Row = TypeVar("Row")


def page(rows: Iterable[tuple[str, Row]], body: Json, *, default: int, most: int) -> tuple[list[Row], str]:
    """Return the rows behind the body's cursor and the next cursor, empty at the end.

    Rows come in the order of their keys. A limit that is missing, or out of bounds, is the default.
    """
    after = _after(body.get("cursor", ""))
    limit = body.get("limit")
    taken_max = limit if isinstance(limit, int) and 0 < limit <= most else default
    taken = list(islice((row for row in rows if row[0] > after), taken_max + 1))
    shown = taken[:taken_max]
    return [row for _, row in shown], _cursor(shown[-1][0]) if len(taken) > taken_max else ""


def _cursor(key: str) -> str:
    return urlsafe_b64encode(key.encode()).decode()


def _after(cursor: object) -> str:
    if not isinstance(cursor, str):
        raise RefusedError(errors.BAD_PARAMETER, "invalid cursor")
    try:
        return urlsafe_b64decode(cursor).decode()
    except ValueError:
        raise RefusedError(errors.BAD_PARAMETER, "invalid cursor") from None
