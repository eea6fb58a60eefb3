"""Where a service is reached: what is worked out without botocore's client is what the client would say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.session import Session

from ownerloop.adapters.dynamodb.addresses import ASKED_OF_THE_SESSION, SERVICES, address_of
from ownerloop.adapters.dynamodb.client import session

REGION = "eu-central-1"
NAMED = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2",
    "AWS_ENDPOINT_URL_EVENTBRIDGE": "http://127.0.0.1:3",
    "AWS_ENDPOINT_URL_LAMBDA": "http://127.0.0.1:6",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:4",
    "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:5",
}


@contextmanager
def told(**environment: str) -> Iterator[Session]:
    """Give a new session in this environment alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    with patch.dict(os.environ, {**kept, **nowhere, **environment}, clear=True):
        yield Session(ASKED_OF_THE_SESSION)


def clients_word(service: str, region: str | None = None) -> Any:
    """Return the address of a client that botocore makes here and now."""
    made = session().create_client(service, region_name=region, aws_access_key_id="k", aws_secret_access_key="s")
    return made.meta.endpoint_url


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_spoken_to_as_botocores_model_of_it_says(service: str) -> None:
    spoken, model = SERVICES[service], session().get_service_model(service)

    assert spoken.prefix == model.endpoint_prefix == model.signing_name
    assert spoken.target == model.metadata.get("targetPrefix")
    assert spoken.json_version == model.metadata.get("jsonVersion")
    assert spoken.address_variable == f"AWS_ENDPOINT_URL_{model.service_id.upper().replace(' ', '_')}"


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
@pytest.mark.parametrize("service", SERVICES)
def test_every_region_of_the_two_partitions_has_the_address_that_a_client_would_use(
    service: str, partition: str
) -> None:
    for region in session().get_available_regions(service, partition_name=partition):
        with told(AWS_DEFAULT_REGION=region) as asked:
            assert address_of(service, asked) == clients_word(service, region)


@pytest.mark.parametrize("named", [["AWS_ENDPOINT_URL"], list(NAMED), list(NAMED)[1:], list(NAMED)[:2]])
@pytest.mark.parametrize("service", SERVICES)
def test_a_named_address_goes_before_the_regions_and_a_services_own_before_that_of_all(
    service: str, named: list[str]
) -> None:
    with told(AWS_DEFAULT_REGION=REGION, **{name: NAMED[name] for name in named}) as asked:
        made = asked.create_client(service, aws_access_key_id="k", aws_secret_access_key="s")

        assert address_of(service, asked) == made.meta.endpoint_url


@pytest.mark.parametrize(
    "unusual",
    [
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_DEFAULT_REGION": "us-gov-west-1"},
        {"AWS_DEFAULT_REGION": "local"},
        {"AWS_DEFAULT_REGION": ""},
    ],
)
def test_what_only_a_client_can_tell_is_left_to_it(unusual: dict[str, str]) -> None:
    with told(**{"AWS_DEFAULT_REGION": REGION, **unusual}) as asked:
        assert address_of("dynamodb", asked) is None


def test_a_configuration_file_has_its_say_through_the_client(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("[default]\nendpoint_url = http://127.0.0.1:9\n", encoding="utf-8")

    with told(AWS_DEFAULT_REGION=REGION, AWS_CONFIG_FILE=str(file)) as asked:
        assert address_of("dynamodb", asked) is None
