"""Partners and callbacks through the deployed gateway: the authoriser, the quota, the queues and the next read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.clients import client
from infra.local.deploy import Secrets, deploy
from infra.local.ministack import REGION, ministack
from infra.local.stack import Stack, Wish, start_stack
from infra.partners.enrolling import enrol_partner
from infra.partners.visiting import visit
from infra.template.reading import load_template
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.domain.consent import Withdrawal
from ownerloop.domain.partner import Partner, Role
from tests.builders import START, an_owner
from tests.messages import a_telemetry
from tests.partners import sealing
from tests.partners.builders import PERSON_ID, VEHICLE_ID, a_partner, a_token
from tests.usecases.test_partner_reads import a_shared_car
from tests.webhooks.builders import AMT, a_challenge, a_state, delivered, signature

pytestmark = pytest.mark.emulator
MAINTENANCE, OWNER, EVENTS = f"/v1/vehicles/{VEHICLE_ID}/maintenance", f"/v1/owners/{PERSON_ID}", "/v1/events"
OPEN_PATHS = ("/wecom/callback", "/webhooks/smartcar")
QUOTA = load_template()["Mappings"]["Scale"]["local"]["PartnerCallsPerDay"]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The deployed API as its callers see it."""

    stack: Stack

    @property
    def url(self) -> str:
        return f"{self.stack.endpoint}/_aws/execute-api/{self.stack.outputs['PartnerGatewayId']}/live"

    def partner(self, partner_id: str, **changes: Any) -> Partner:
        partner = a_partner(partner_id=partner_id, **changes)
        return enrol_partner(partner, outputs=self.stack.outputs, client=lambda name: client(name, self.stack.endpoint))

    def call(self, partner: Partner, path: str, *, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        # The local cloud takes the usage key from the request, AWS from the authoriser's answer.
        headers = {"x-api-key": partner.usage_key, "content-type": "application/json"}
        token = a_token(sub=partner.partner_id) if token is None else token
        headers |= {"authorization": f"Bearer {token}"} if token else {}
        text = None if body is None else json.dumps(body)
        answer = urllib3.request(
            "POST" if text else "GET", self.url + path, body=text, headers=headers, retries=False, timeout=30
        )
        return answer.status, json.loads(answer.data or b"null")

    def put(self, table: str, values: dict[str, Any]) -> None:
        client("dynamodb", self.stack.endpoint).put_item(TableName=self.stack.outputs[table], Item=written(values))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    people = folder / "people.json"
    people.write_text('{"people": []}', encoding="utf-8")
    stack, stop = start_stack(Wish(seed=7, starts_at=START, people=people, work_dir=folder))
    with stop:
        held = Gateway(stack)
        owner = an_owner(person_id=PERSON_ID)
        held.put("OwnersTableName", owner_values(owner) | {"vehicle_ids": [VEHICLE_ID]})
        held.put("VehiclesTableName", vehicle_values(a_shared_car()))
        yield held


def test_a_partner_reads_what_is_shared_with_it(gateway: Gateway) -> None:
    insurer = gateway.partner("insurer", role=Role.INSURANCE)

    status, maintenance = gateway.call(insurer, MAINTENANCE)
    owner_status, owner = gateway.call(insurer, OWNER)
    described, document = gateway.call(insurer, "/v1/openapi.json")

    assert (status, owner_status, described) == (200, 200, 200)
    assert maintenance["items"]
    assert owner["next_services"][0]["vehicle_id"] == VEHICLE_ID
    assert document["openapi"] == "3.1.0"


def test_a_token_that_proves_nothing_gets_401(gateway: Gateway) -> None:
    insurer = gateway.partner("insurer")
    expired = a_token(issued_at=START - timedelta(days=1))
    unsigned = a_token().rpartition(".")[0] + "."

    for token in ("", "nonsense", expired, unsigned, a_token(key=b"x" * 64, algorithm="HS256"), a_token(kid="other")):
        assert gateway.call(insurer, MAINTENANCE, token=token)[0] == 401


def test_a_missing_scope_gets_403_from_the_gateway(gateway: Gateway) -> None:
    reader = gateway.partner("reader", scopes=["maintenance:read"])

    assert gateway.call(reader, OWNER)[0] == 403
    assert gateway.call(reader, EVENTS, body={"events": [a_telemetry()]})[0] == 403


def test_a_foreign_car_and_an_unknown_one_get_404(gateway: Gateway) -> None:
    stranger = gateway.partner("stranger")

    assert gateway.call(stranger, MAINTENANCE)[0] == 404
    assert gateway.call(stranger, f"/v1/vehicles/v_{'9' * 24}/maintenance")[0] == 404


def test_events_are_answered_one_by_one(gateway: Gateway) -> None:
    sender = gateway.partner("sender")

    status, body = gateway.call(sender, EVENTS, body={"events": [a_telemetry(), {"type": "x"}]})

    assert status == 202
    assert [item["status"] for item in body["items"]] == ["accepted", "refused"]


def test_a_withdrawal_closes_the_next_read(gateway: Gateway) -> None:
    insurer = gateway.partner("insurer")
    assert gateway.call(insurer, MAINTENANCE)[0] == 200

    gone = a_shared_car(withdrawals=[Withdrawal(START, PERSON_ID, "share:insurer")])
    gateway.put("VehiclesTableName", vehicle_values(gone))
    status, problem = gateway.call(insurer, MAINTENANCE)
    gateway.put("VehiclesTableName", vehicle_values(a_shared_car()))

    assert (status, problem["type"]) == (403, "urn:ownerloop:problem:consent_required")


def test_the_call_beyond_the_quota_gets_429_and_another_partner_does_not(gateway: Gateway) -> None:
    eager, calm = gateway.partner("greedy"), gateway.partner("calm")

    answers = [gateway.call(eager, "/v1/openapi.json")[0] for _ in range(QUOTA + 2)]

    assert answers == [200] * QUOTA + [429] * 2
    assert gateway.call(calm, "/v1/openapi.json")[0] == 200


def test_a_callback_needs_no_token_but_a_signature(gateway: Gateway) -> None:
    secret = {"corpid": sealing.CORP_ID, "callback_token": sealing.TOKEN, "callback_aes_key": sealing.AES_KEY}
    secrets = client("secretsmanager", gateway.stack.endpoint)
    secrets.put_secret_value(SecretId=gateway.stack.outputs["WecomSecretId"], SecretString=json.dumps(secret))
    text = sealing.seal("4711")
    message = sealing.seal(sealing.a_message())

    verified = urllib3.request(
        "GET", f"{gateway.url}/wecom/callback", fields={**sealing.sign(text), "echostr": text}, timeout=30
    )
    told = urllib3.request(
        "POST",
        f"{gateway.url}/wecom/callback?{_query(sealing.sign(message))}",
        body=sealing.a_body(message),
        timeout=30,
    )
    forged = urllib3.request(
        "POST",
        f"{gateway.url}/wecom/callback?{_query(sealing.sign(message, token='guess'))}",
        body=sealing.a_body(message),
        timeout=30,
    )

    assert (verified.status, verified.data) == (200, b"4711")
    assert (told.status, told.data) == (200, b"success")
    assert forged.status == 403


def test_a_webhook_needs_no_token_but_a_signature(gateway: Gateway) -> None:
    secrets = client("secretsmanager", gateway.stack.endpoint)
    secrets.put_secret_value(
        SecretId=gateway.stack.outputs["WebhookSecretId"], SecretString=json.dumps({"smartcar": AMT})
    )

    def posted(event: dict[str, Any], source: str = "smartcar") -> tuple[int, Any]:
        url = f"{gateway.url}/webhooks/{source}"
        answer = urllib3.request("POST", url, body=event["body"], headers=event["headers"], timeout=30)
        return answer.status, json.loads(answer.data)

    state = a_state(sent_at=gateway.stack.now())
    assert posted(delivered(a_challenge("4711"))) == (200, {"challenge": signature("4711")})
    assert posted(delivered(state)) == (200, {"queued": 1, "refused": 0})
    assert posted(delivered(state)) == (200, {"queued": 0, "refused": 0})
    assert posted(delivered(state, key="a guess"))[0] == 401
    assert posted(delivered(state), source="nobody")[0] == 404


def _query(fields: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in fields.items())


def test_a_visit_with_and_without_right_is_answered_as_it_should_be(gateway: Gateway) -> None:
    outputs = gateway.stack.outputs
    shared = a_shared_car(partner_id="visitor")
    gateway.put("VehiclesTableName", vehicle_values(shared))

    answers = visit(
        endpoint=gateway.stack.endpoint,
        outputs=outputs,
        partner_id="visitor",
        shared=[(VEHICLE_ID, PERSON_ID)],
        quota=QUOTA,
        now=gateway.stack.now(),
    )

    gateway.put("VehiclesTableName", vehicle_values(a_shared_car()))
    assert answers == {"200": 2 + QUOTA - 1, "401": 3, "403": 1, "404": 2, "429": 1}


def test_where_the_api_is_open_to_iam_the_principal_is_the_partner(tmp_path: Path) -> None:
    secrets = Secrets.of_seed(7, corp_id="ww", corp_secret="s")
    with ministack(tmp_path, {}) as cloud:
        clients = partial(client, endpoint=cloud.endpoint)
        outputs = deploy(
            cloud.endpoint,
            wecom_base_url="http://127.0.0.1:9",
            secrets=secrets,
            schedules_run=False,
            auth_mode="IAM",
            has_open_callbacks=False,
        )
        user = clients("iam").create_user(UserName="insurer")["User"]
        key = clients("iam").create_access_key(UserName="insurer")["AccessKey"]
        partner = enrol_partner(a_partner(principals=(user["Arn"],)), outputs=outputs, client=clients)
        base = f"{cloud.endpoint}/_aws/execute-api/{outputs['PartnerGatewayId']}/live"

        named = _signed(f"{base}/v1/openapi.json", key, usage_key=partner.usage_key)
        unknown_car = _signed(base + MAINTENANCE, key, usage_key=partner.usage_key)
        unsigned = urllib3.request("GET", base + MAINTENANCE, headers={"x-api-key": partner.usage_key}, timeout=30)
        without_key = _signed(base + MAINTENANCE, key, usage_key="")
        open_ones = {path: urllib3.request("POST", base + path, timeout=30).status for path in OPEN_PATHS}

    assert set(open_ones.values()) == {403}
    assert (named, unknown_car, unsigned.status, without_key) == (200, 404, 403, 403)


def _signed(url: str, key: dict[str, str], *, usage_key: str) -> int:
    request = AWSRequest("GET", url, headers={"x-api-key": usage_key} if usage_key else {})
    SigV4Auth(Credentials(key["AccessKeyId"], key["SecretAccessKey"]), "execute-api", REGION).add_auth(request)
    return urllib3.request("GET", url, headers=dict(request.headers), retries=False, timeout=30).status
