"""What the environment says of where we are is what botocore's session would say; the rest is left to the session."""

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.credentials import EnvProvider
from botocore.httpsession import DEFAULT_CA_BUNDLE
from botocore.session import Session

from ownerloop import settings
from ownerloop.adapters.dynamodb import surroundings
from ownerloop.adapters.dynamodb.addresses import ASKED_OF_THE_SESSION, VARIABLES
from ownerloop.adapters.dynamodb.surroundings import plain

LEAST = {"AWS_DEFAULT_REGION": "cn-north-1", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
IN_LAMBDA = {
    **LEAST,
    "AWS_REGION": "cn-north-1",
    "AWS_SESSION_TOKEN": "t",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_NAME": "f",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
}
NAMED = {name: f"http://127.0.0.1:{port}" for port, name in enumerate(VARIABLES, 8000)}
MAY_SAY_MORE = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_SOMETHING_OF_TOMORROW",
)


def botocores_variables() -> set[str]:
    """Return every variable of the environment that botocore's session or its credentials ask for."""
    named = [variables[1] for variables in BOTOCORE_DEFAUT_SESSION_VARIABLES.values()]
    listed = {name for one in named if one for name in ([one] if isinstance(one, str) else one)}
    of_credentials = {EnvProvider.ACCESS_KEY, EnvProvider.SECRET_KEY, EnvProvider.EXPIRY_TIME, EnvProvider.ACCOUNT_ID}
    return listed | of_credentials | set(EnvProvider.TOKENS)


@pytest.mark.parametrize("more", [{}, NAMED, {"AWS_CA_BUNDLE": "/named.pem"}, {"AWS_SESSION_TOKEN": ""}])
@pytest.mark.parametrize("environment", [LEAST, IN_LAMBDA])
def test_the_environment_says_what_botocores_session_would_say(
    environment: dict[str, str], more: dict[str, str]
) -> None:
    said = {**environment, **more}
    with patch.dict(os.environ, {"HOME": "/nowhere", **said}, clear=True):
        session, here = Session(ASKED_OF_THE_SESSION), plain(said)
        asked = ("region", "ca_bundle", *VARIABLES, "use_fips_endpoint", "use_dualstack_endpoint")
        caller = session.get_credentials().get_frozen_credentials()

        assert here is not None
        assert [here.get_config_variable(name) or None for name in asked] == [
            session.get_config_variable(name) or None for name in asked
        ]
        assert here.caller() == surroundings.Caller(caller.access_key, caller.secret_key, caller.token or None)
        assert here.certificates() == (said.get("AWS_CA_BUNDLE") or DEFAULT_CA_BUNDLE)
        assert here.full_config == {}


@pytest.mark.parametrize("name", sorted({*MAY_SAY_MORE, *botocores_variables()} - surroundings.KNOWN))
def test_what_may_say_more_is_left_to_botocores_session(name: str) -> None:
    assert plain({**IN_LAMBDA, name: ""}) is None


@pytest.mark.parametrize("name", LEAST)
def test_what_must_be_said_and_is_not_is_left_to_botocores_session(name: str) -> None:
    assert plain({**IN_LAMBDA, name: ""}) is None
    assert plain({other: value for other, value in IN_LAMBDA.items() if other != name}) is None


def test_nothing_that_is_passed_over_is_a_variable_of_botocores() -> None:
    read = botocores_variables()

    assert not read & set(surroundings.SAY_NOTHING_TO_BOTOCORE)
    assert not [name for name in read if name.startswith(surroundings.LAMBDAS_OWN)]


@pytest.mark.parametrize("proxy", ["HTTPS_PROXY", "http_proxy", "NO_PROXY"])
def test_where_a_proxy_is_named_the_environment_does_not_say_it_all(proxy: str) -> None:
    with patch.dict(os.environ, {"HOME": "/nowhere", **IN_LAMBDA}, clear=True):
        assert settings.aws_variables() == IN_LAMBDA
        os.environ[proxy] = "http://127.0.0.1:3128"
        assert settings.aws_variables() is None


@pytest.mark.parametrize("file", ["config", "credentials"])
def test_where_a_file_is_kept_at_home_the_environment_does_not_say_it_all(file: str, tmp_path: Path) -> None:
    with patch.dict(os.environ, {"HOME": str(tmp_path), **IN_LAMBDA}, clear=True):
        assert settings.aws_variables() == IN_LAMBDA
        (tmp_path / ".aws").mkdir()
        (tmp_path / ".aws" / file).touch()
        assert settings.aws_variables() is None
