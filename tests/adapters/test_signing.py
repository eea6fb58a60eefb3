"""Our signature is botocore's, whatever is sent, by whom and when."""

import time
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.adapters.dynamodb.signing import Signer

words = st.text("abcXYZ019+/=", min_size=1, max_size=40)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the zone follows
paths = st.text("a/b:%-_.~", max_size=30).map(lambda name: quote(name, safe="")) | st.just("")
PLAIN = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.BatchGetItem"}


@settings(max_examples=50, deadline=None)
@given(body=st.binary(max_size=200), key=words, secret=words, token=st.none() | words, at=instants, below=paths)
def test_a_request_is_signed_as_botocore_signs_it(
    body: bytes, key: str, secret: str, token: str | None, at: datetime, below: str
) -> None:
    url, by = "https://dynamodb.cn-north-1.amazonaws.com.cn/", ReadOnlyCredentials(key, secret, token)
    signer = Signer(url, service="dynamodb", region="cn-north-1")

    below = f"2015-03-31/functions/{below}/invocations" if below else ""
    ours = signer.headers(PLAIN, body, by=by, at=at.utctimetuple(), below=below)

    assert ours["authorization"] == botocores(url + below, body, by=by, at=at)


def test_a_new_day_and_a_renewed_secret_get_a_key_of_their_own() -> None:
    url, at = "http://127.0.0.1:8000/", datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    signer = Signer(url, service="dynamodb", region="cn-north-1")
    later = datetime.fromtimestamp(at.timestamp() + 1, UTC)
    old, new = ReadOnlyCredentials("k", "old", None), ReadOnlyCredentials("k", "new", "t")

    for by, instant in ((old, at), (old, later), (new, later), (old, at)):
        signed = signer.headers(PLAIN, b"{}", by=by, at=time.gmtime(instant.timestamp()))
        assert signed["authorization"] == botocores(url, b"{}", by=by, at=instant)


def botocores(url: str, body: bytes, *, by: ReadOnlyCredentials, at: datetime) -> str:
    request = AWSRequest("POST", url, headers=dict(PLAIN), data=body)
    with patch("botocore.auth.get_current_datetime", lambda: at):
        SigV4Auth(by, "dynamodb", "cn-north-1").add_auth(request)
    return str(request.headers["Authorization"])
