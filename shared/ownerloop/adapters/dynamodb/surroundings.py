"""Where a request goes and who makes it, where the environment says all of it, as in Lambda.

botocore's session would say the same, and loading it is a quarter of an intake's cold start. So its word is asked for
only where something else may have a say, and that is whatever is not known here.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import botocore
from msgspec import Struct

from ownerloop.adapters.dynamodb.addresses import VARIABLES, Session
from ownerloop.adapters.dynamodb.signing import Credentials

_REGION, _ACCESS_KEY, _SECRET_KEY = "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
_TOKEN, _CERTIFICATES = "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"
_NAMES = {"region": _REGION, "ca_bundle": _CERTIFICATES}
_MUST_BE_SAID = (_REGION, _ACCESS_KEY, _SECRET_KEY)
SAY_NOTHING_TO_BOTOCORE = ("AWS_REGION", "AWS_EXECUTION_ENV", "AWS_SAM_LOCAL", "AWS_EC2_METADATA_DISABLED")
KNOWN = frozenset({*_MUST_BE_SAID, _TOKEN, _CERTIFICATES, *VARIABLES, *SAY_NOTHING_TO_BOTOCORE})
LAMBDAS_OWN = ("AWS_LAMBDA_", "AWS_XRAY_")


class Surroundings(Session, Protocol):
    """What a line asks, of botocore's session or of the environment in its place."""

    def caller(self) -> Credentials:
        """Return who calls, renewed where they were about to expire."""
        ...

    def certificates(self) -> str:
        """Return the file of certificates that an address is held against."""
        ...

    def is_open(self, url: str) -> bool:
        """Return whether no proxy stands before the address."""
        ...


class Caller(Struct, frozen=True):
    """Who calls, for as long as the container lives."""

    access_key: str
    secret_key: str
    token: str | None


class Environment:
    """An environment that says it all."""

    full_config: Mapping[str, Any] = {}

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._caller = Caller(variables[_ACCESS_KEY], variables[_SECRET_KEY], variables.get(_TOKEN) or None)

    def get_config_variable(self, logical_name: str) -> str | None:
        """Return the region, a named address or the file of certificates, else None: nothing else is said."""
        return self._variables.get(_NAMES.get(logical_name, logical_name))

    def caller(self) -> Credentials:
        """Return who calls."""
        return self._caller

    def certificates(self) -> str:
        """Return the named certificates, else those that botocore brings along."""
        return self.get_config_variable("ca_bundle") or str(Path(botocore.__file__).with_name("cacert.pem"))

    def is_open(self, url: str) -> bool:  # noqa: ARG002  # no proxy is named
        """Return True."""
        return True


def plain(variables: Mapping[str, str]) -> Environment | None:
    """Return the environment if botocore's session could add nothing to what it says, else None."""
    if any(not variables.get(name) for name in _MUST_BE_SAID):
        return None
    if any(name not in KNOWN and not name.startswith(LAMBDAS_OWN) for name in variables):
        return None
    return Environment(variables)
