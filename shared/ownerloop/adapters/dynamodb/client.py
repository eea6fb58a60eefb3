"""One client per service, made on first use, all from one session, which is loaded on first use too."""

import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

from ownerloop.adapters.dynamodb.surroundings import Surroundings, plain
from ownerloop.settings import aws_variables

CONNECT_SECONDS = 1
READ_SECONDS = 2
ATTEMPTS_MAX = 4


@cache
def client(service: str, *, attempts_max: int = ATTEMPTS_MAX) -> Any:
    """Return the client of an AWS service."""
    return _botocores().new_client(
        session(),
        service,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": attempts_max},
    )


def ask_slowly(
    service: str,
    operation: str,
    request: Mapping[str, Any],
    *,
    attempts_max: int,
    refusals: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return the answer that a client of so many attempts has for an operation, or one of these refusals."""
    slow = client(service, attempts_max=attempts_max)
    answer: dict[str, Any] = _botocores().answer_of(slow, operation, request, refusals=refusals)
    return answer


@cache
def session() -> Any:
    """Return the one session of botocore's."""
    return _botocores().new_session()


def surroundings() -> Surroundings:
    """Return who says where a service is and who calls: the environment where it says it all, else the session."""
    variables = aws_variables()
    environment = None if variables is None else plain(variables)
    return environment if environment is not None else _botocores().BySession(session())


def listeners() -> Any:
    """Return who listens to botocore's clients, or None where it is not loaded: then nobody can."""
    return _botocores().Listeners(session()) if "botocore.session" in sys.modules else None


def _botocores() -> Any:
    from ownerloop.adapters.dynamodb import botocores  # noqa: PLC0415  # 150 modules that an ordinary intake can spare

    return botocores
