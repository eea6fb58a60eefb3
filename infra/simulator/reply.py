"""What goes back over the wire: an answer, a late answer, or none at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

from infra.simulator import errors
from infra.simulator.errors import RefusedError
from infra.simulator.faults import CallFault
from infra.simulator.journal import Json


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; a dropped one closes the connection without a word."""

    payload: Json | None = None
    status: int = 200
    wait_seconds: float = 0.0
    is_dropped: bool = False


DROPPED = Reply(is_dropped=True)


def accepted(**fields: object) -> Reply:
    """Return the answer to a call that worked."""
    return Reply({"errcode": errors.OK, "errmsg": "ok", **fields})


def refused(error: RefusedError) -> Reply:
    """Return the answer to a call that was refused."""
    payload: Json = {"errcode": error.errcode, "errmsg": error.errmsg}
    return Reply(payload | {"fail_list": list(error.fail_list)} if error.fail_list else payload)


def troubled(fault: CallFault | None, do: Callable[[], Reply], *, slow_seconds: float) -> Reply:
    """Do what was asked, or not, and return what the caller gets to see of it."""
    match fault:
        case None:
            return do()
        case CallFault.BUSY:
            return refused(RefusedError(errors.BUSY, "system busy"))
        case CallFault.RATE:
            return refused(RefusedError(errors.TOO_OFTEN, "api freq out of limit"))
        case CallFault.HTTP_500:
            return Reply(status=500)
        case CallFault.SLOW:
            return replace(do(), wait_seconds=slow_seconds)
        case CallFault.LOST_BEFORE:
            return DROPPED
        case CallFault.LOST_AFTER:
            do()
            return DROPPED
        case _:
            assert_never(fault)
