"""The clock and the source of surrogates: the system's own, unless the local stack's layer brings another."""

import secrets
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec

from ownerloop.ports import Clock, Surrogates

_LOCAL_MODULE = "ownerloop_local_stack"  # present in the local layer only; a test keeps it out of every built artefact


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        return datetime.now(UTC)


class RandomSurrogates:
    """Surrogates that nothing can be computed from."""

    def fresh(self, prefix: str, *, of: str) -> str:  # noqa: ARG002  # the digest must not matter
        """Return a new surrogate of 96 random bits."""
        return f"{prefix}_{secrets.token_hex(12)}"


def the_clock() -> Clock:
    """Return the clock of this installation."""
    if find_spec(_LOCAL_MODULE) is None:
        return SystemClock()
    clock: Clock = import_module(_LOCAL_MODULE).MovedClock()
    return clock


def the_surrogates() -> Surrogates:
    """Return where this installation draws surrogates from."""
    if find_spec(_LOCAL_MODULE) is None:
        return RandomSurrogates()
    surrogates: Surrogates = import_module(_LOCAL_MODULE).SeededSurrogates()
    return surrogates
