"""Where a service is reached and how it is spoken to, without botocore's client for it: the first takes 70 ms to make.

botocore's own answer is the rule: a test holds every region and every named address here against it. Where something
else has a say (a configuration file, FIPS, two stacks, a partition not listed here), botocore's client is asked.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct


class Service(Struct, frozen=True):
    """What botocore's model of a service says of its requests; its prefix is also the name under which it is signed.

    One that is asked by paths has neither target nor JSON version.
    """

    prefix: str
    target: str | None
    json_version: str | None
    address_variable: str


SERVICES = {
    "dynamodb": Service("dynamodb", "DynamoDB_20120810", "1.0", "AWS_ENDPOINT_URL_DYNAMODB"),
    "events": Service("events", "AWSEvents", "1.1", "AWS_ENDPOINT_URL_EVENTBRIDGE"),
    "lambda": Service("lambda", None, None, "AWS_ENDPOINT_URL_LAMBDA"),
    "secretsmanager": Service("secretsmanager", "secretsmanager", "1.1", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
    "sqs": Service("sqs", "AmazonSQS", "1.0", "AWS_ENDPOINT_URL_SQS"),
}
ANY_SERVICE = "AWS_ENDPOINT_URL"
VARIABLES = (ANY_SERVICE, *(service.address_variable for service in SERVICES.values()))
ASKED_OF_THE_SESSION = {name: (None, name, None, None) for name in VARIABLES}  # as botocore's session is told of them
_OTHERS_SAY = ("use_fips_endpoint", "use_dualstack_endpoint", "ignore_configured_endpoint_urls")
_PARTITIONS = (
    (re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+"), "amazonaws.com"),
    (re.compile(r"cn-\w+-\d+"), "amazonaws.com.cn"),
)


class Session(Protocol):
    """What is asked of botocore's session."""

    full_config: Mapping[str, Any]  # what configuration files say

    def get_config_variable(self, logical_name: str) -> Any:
        """Return what the environment or a file says of a setting, else its default."""
        ...


def address_of(service: str, session: Session) -> str | None:
    """Return the service's address, or None where only botocore's client can tell."""
    told = session.get_config_variable
    region = told("region")
    if not region or session.full_config.get("profiles") or any(map(told, _OTHERS_SAY)):
        return None
    named = told(SERVICES[service].address_variable) or told(ANY_SERVICE)
    if named:
        return str(named)
    suffixes = [suffix for pattern, suffix in _PARTITIONS if pattern.fullmatch(region)]
    return f"https://{SERVICES[service].prefix}.{region}.{suffixes[0]}" if suffixes else None
