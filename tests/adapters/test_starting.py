"""A function is started by the short way just as botocore would start it, and by botocore where nobody said "taken"."""

from urllib.parse import unquote

import pytest
from botocore.exceptions import ClientError

from ownerloop.adapters.dynamodb.client import ATTEMPTS_MAX, client
from ownerloop.adapters.senders import LambdaSenders
from tests.adapters.told_service import RESET, serving

TAKEN = 202
NAMES = (
    "stack-SendWecom-1a_2B",
    "SendWecom:live",
    "arn:aws-cn:lambda:cn-north-1:123456789012:function:SendWecom",
)


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def start(name: str) -> None:
    LambdaSenders({"wecom": name}).start(channel="wecom", contact_id="c_1")


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_started_once_with_the_contact_and_nothing_else(name: str) -> None:
    with serving(TAKEN) as service:
        start(name)

        assert client.cache_info().currsize == 0  # no client of botocore's was made
    assert service.heard == [{"contact_id": "c_1"}]
    assert service.headers[0]["x-amz-invocation-type"] == "Event"
    assert unquote(service.paths[0]) == f"/2015-03-31/functions/{name}/invocations"


@pytest.mark.parametrize("name", NAMES)
def test_botocore_says_the_same_at_the_same_place(name: str) -> None:
    with serving(TAKEN, TAKEN) as service:
        start(name)
        client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"contact_id": "c_1"}')

    assert service.paths[0] == service.paths[1]
    assert service.heard[0] == service.heard[1]
    assert service.headers[0]["x-amz-invocation-type"] == service.headers[1]["x-amz-invocation-type"]


@pytest.mark.parametrize("trouble", [RESET, 429, 500, 503])
def test_one_trouble_is_mended_by_asking_again(trouble: int | str) -> None:
    with serving(trouble, TAKEN) as service:
        start("SendWecom")

    assert service.heard == [{"contact_id": "c_1"}] * 2
    assert service.paths[0] == service.paths[1]


def test_a_service_that_stays_broken_is_asked_four_times_and_raises_what_botocore_raises() -> None:
    with serving(*[500] * 9) as service, pytest.raises(ClientError):
        start("SendWecom")

    assert len(service.heard) == ATTEMPTS_MAX
