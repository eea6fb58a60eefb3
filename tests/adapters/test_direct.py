"""The short way to a service: plain answers are taken, and what else comes is asked again and left to botocore."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from unittest.mock import patch

import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.httpsession import get_cert_path
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ownerloop.adapters.dynamodb import client as clients
from ownerloop.adapters.dynamodb import direct
from ownerloop.adapters.dynamodb.client import ATTEMPTS_MAX
from ownerloop.adapters.dynamodb.wire import Wire
from tests.adapters.told_service import GOOD, RESET, TORN, WRONG_SUM, Told, anew, serving

ASKED = {"RequestItems": {"t": {"Keys": [{"pk": {"S": "a"}, "raw": {"B": b"\x00\xff"}}]}}}
SECONDS = {"connect_seconds": 1.0, "read_seconds": 2.0}


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def test_a_plain_answer_is_asked_for_once_with_binary_as_text() -> None:
    with serving() as service:
        assert direct.ask("dynamodb", "BatchGetItem", ASKED) == GOOD

    assert [asked["RequestItems"]["t"]["Keys"][0]["raw"] for asked in service.heard] == [{"B": "AP8="}]


@pytest.mark.parametrize("trouble", [400, 500, 503, RESET, TORN, WRONG_SUM])
def test_one_trouble_is_mended_by_asking_the_same_again(trouble: int | str) -> None:
    with serving(trouble) as service:
        answer = direct.ask("dynamodb", "BatchGetItem", ASKED)

    assert answer["Responses"] == GOOD["Responses"]
    assert len(service.heard) == 2
    assert service.heard[0] == service.heard[1]


def test_a_service_that_stays_busy_is_asked_four_times_and_raises_what_botocore_raises() -> None:
    with serving(*[400] * 9) as service, pytest.raises(ClientError) as error:
        direct.ask("dynamodb", "BatchGetItem", ASKED)

    assert error.value.response["Error"]["Code"] == "ThrottlingException"
    assert len(service.heard) == ATTEMPTS_MAX


def test_a_refusal_is_not_asked_again_for_long() -> None:
    with serving(*[403] * 9) as service, pytest.raises(ClientError) as error:
        direct.ask("dynamodb", "BatchGetItem", ASKED)

    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    assert len(service.heard) == 2


WRITE = {"TableName": "t", "Item": {"pk": {"S": "a"}, "raw": {"B": b"\x00"}}}
CODE = "ConditionalCheckFailedException"
BROKEN = {"__type": f"com.amazonaws.dynamodb.v20120810#{CODE}", "message": "-", "Item": {"nonce": {"S": "n"}}}


@pytest.mark.parametrize("before", [[], [500], [RESET], [TORN], [(500, BROKEN)]])
def test_an_error_that_is_an_answer_comes_back_as_botocore_words_it_whoever_was_told(before: list[Told]) -> None:
    with serving(*before, (400, BROKEN)) as service:
        answer = direct.ask("dynamodb", "PutItem", WRITE, refusals=frozenset({CODE}))

    assert (answer["Error"]["Code"], answer["Item"]) == (CODE, {"nonce": {"S": "n"}})
    assert len(service.heard) == 1 + len(before)


def test_an_error_that_is_none_of_the_answers_is_botocores_to_raise() -> None:
    with serving(*[(400, BROKEN)] * 9) as service, pytest.raises(ClientError) as error:
        direct.ask("dynamodb", "PutItem", WRITE, refusals=frozenset({"Other"}))

    assert error.value.response["Error"]["Code"] == CODE
    assert len(service.heard) == 2


def test_a_busy_table_is_no_answer_to_a_write_under_a_condition() -> None:
    with serving(400, GOOD) as service:
        assert "Error" not in direct.ask("dynamodb", "PutItem", WRITE, refusals=frozenset({CODE}))

    assert len(service.heard) == 2


def test_a_connection_is_kept_and_a_dropped_one_made_again() -> None:
    with serving(GOOD, RESET, GOOD) as service:
        answers = [direct.ask("dynamodb", "BatchGetItem", ASKED)["Responses"] for _ in range(3)]

    assert answers == [GOOD["Responses"]] * 3
    assert len(service.heard) == 4


def test_nobody_at_the_address_is_botocores_error() -> None:
    with serving() as service:
        service.shutdown()
        service.server_close()
        with pytest.raises(EndpointConnectionError):
            direct.ask("dynamodb", "BatchGetItem", ASKED)


def test_credentials_about_to_expire_are_renewed_before_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(name: str, *, minutes: int) -> dict[str, str]:
        ends = datetime.now(UTC) + timedelta(minutes=minutes)
        return {"access_key": name, "secret_key": "s", "token": "t", "expiry_time": ends.isoformat()}

    renewing = RefreshableCredentials.create_from_metadata(
        told("old", minutes=1), refresh_using=lambda: told("new", minutes=60), method="test"
    )
    with serving(AWS_CONFIG_FILE=os.devnull) as service:  # a file that may have a say: botocore's session is asked
        monkeypatch.setattr(clients.session(), "_credentials", renewing)
        direct.ask("dynamodb", "BatchGetItem", ASKED)

    assert service.keys == ["new"]


def test_where_a_proxy_is_named_botocore_does_it_all() -> None:
    with serving() as proxy, serving() as service:
        named = dict.fromkeys(("HTTP_PROXY", "http_proxy"), f"http://127.0.0.1:{proxy.server_port}")
        with patch.dict(os.environ, named), anew():
            assert direct.ask("dynamodb", "BatchGetItem", ASKED)["Responses"] == GOOD["Responses"]

    assert (len(proxy.heard), len(service.heard)) == (1, 0)


def test_an_https_address_is_held_against_the_named_certificates(tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certify(chain, key)
    with serving() as service:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        service.socket = context.wrap_socket(service.socket, server_side=True)
        wire = Wire(f"https://127.0.0.1:{service.server_port}/", certificates=str(chain), **SECONDS)
        strict = Wire(f"https://127.0.0.1:{service.server_port}/", certificates=get_cert_path(True), **SECONDS)

        answers = [wire.post({"host": "127.0.0.1", "authorization": ""}, b"{}").status for _ in range(2)]
        with pytest.raises(ssl.SSLCertVerificationError):
            strict.post({"host": "127.0.0.1", "authorization": ""}, b"{}")

    assert answers == [200, 200]


def certify(chain: Path, key: Path) -> None:
    """Write a certificate for 127.0.0.1 that vouches for itself, and its key."""
    secret, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, secret.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("cn-northwest-1", "https://dynamodb.cn-northwest-1.amazonaws.com.cn/"),
        ("us-gov-west-1", "https://dynamodb.us-gov-west-1.amazonaws.com/"),  # a partition that only a client knows
    ],
)
def test_the_address_is_the_regions_own(region: str, address: str) -> None:
    environment = {"AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
    with patch.dict(os.environ, environment), anew():
        assert direct.line("dynamodb")._url == address
