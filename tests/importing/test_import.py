"""The whole way of an import: rows to the queue, enrol_owners behind it, an answer for every row."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.importing.rows import KINDS
from infra.importing.sending import Account, Target, import_file
from infra.importing.targets import target_of
from infra.reaching import NoSuchStackError, Reach
from ownerloop.adapters.dynamodb.client import client
from tests.functions.stack import Stack, function, moto_stack, sqs_event

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
SENT_MS = int(NOW.timestamp() * 1000)
VIN = "LVSHFFAL5FF000001"
FILES = {
    "owners": "owner_key,store_id,registered_at,wecom_external_userid\nwang,sh-pudong,2024-05-01,wm_1\n",
    "vehicles": "vin,owner_key,model,store_id,since,in_service_on\n"
    f"{VIN},wang,petrol,sh-pudong,2024-05-01,2024-05-01\n",
    "consents": "vin,owner_key,purpose,data_classes,valid_from,valid_until,evidence,text_version\n"
    f"{VIN},wang,maintenance,odometer,2024-05-01,2027-01-01,form 7,3\n",
    "odometer": f"vin,read_at,odometer_km\n{VIN},2025-06-01,11000\n{VIN},2025-12-01,19900\n",
}


class Queue:
    """SQS with enrol_owners behind it: what is sent is enrolled at once."""

    def __init__(self, consume: Callable[[str], Any]) -> None:
        self._consume, self.sent = consume, 0

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803, ARG002  # the service's names
        self.sent += 1
        self._consume(MessageBody)


class Importer:
    """Imports files into the stack on moto."""

    def __init__(self, stack: Stack, folder: Path, consume: Callable[[str], Any]) -> None:
        self._stack, self._folder, self.queue = stack, folder, Queue(consume)

    def load(self, kind: str, text: str, *, stack_id: str = "one") -> Account:
        path = self._folder / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        target = Target(
            client=lambda service: self.queue if service == "sqs" else client(service),
            stack_id=stack_id,
            enrolment_queue_url=self._stack.names["EnrolmentQueue"],
            owners_table=self._stack.names["OwnersTable"],
            quarantine_table=self._stack.names["QuarantineTable"],
        )
        account = Account.of(KINDS[kind], path, stack_id=stack_id, folder=self._folder / "accounts")
        return import_file(KINDS[kind], path, target=target, account=account, now=NOW, advance=lambda _: None)


@pytest.fixture
def importer(tmp_path: Path) -> Any:
    with moto_stack() as stack, function(stack, "enrol_owners") as app:
        yield Importer(stack, tmp_path, lambda body: app.handler(sqs_event(body, sent_at_ms=SENT_MS), None))


def results(account: Account) -> list[tuple[int, str, str]]:
    return [(line, outcome.result, outcome.reason) for line, outcome in sorted(account.outcomes.items())]


def test_a_dealers_base_comes_in_file_by_file_and_starts_no_contact(importer: Importer) -> None:
    for kind, text in FILES.items():
        account = importer.load(kind, text)

        assert {result for _, result, _ in results(account)} == {"accepted"}

    (car,) = importer._stack.items("VehiclesTable", "vehicle#")
    assert "reminder_key" not in car or car["reminder_key"]["S"].split("#")[1] > "2026-03-01"


def test_a_reading_without_consent_is_refused_with_its_reason(importer: Importer) -> None:
    importer.load("vehicles", FILES["vehicles"])

    account = importer.load("odometer", FILES["odometer"])

    assert results(account) == [(2, "refused", "no_consent"), (3, "refused", "no_consent")]


def test_bad_rows_are_listed_and_the_good_ones_are_loaded(importer: Importer) -> None:
    text = FILES["owners"] + "li,sh-pudong,yesterday,\nzhao,sh-pudong,2024-05-01,\n"

    account = importer.load("owners", text)

    assert results(account) == [(2, "accepted", ""), (3, "refused", "malformed"), (4, "accepted", "")]
    assert account.outcomes[3].field == "registered_at"


def test_a_run_that_was_cut_off_goes_on_where_it_was(importer: Importer) -> None:
    importer.load("owners", FILES["owners"])
    sent = importer.queue.sent

    again = importer.load("owners", FILES["owners"])

    assert results(again) == [(2, "accepted", "")]
    assert importer.queue.sent == sent


def test_the_account_of_one_stack_says_nothing_about_another(importer: Importer) -> None:
    importer.load("owners", FILES["owners"], stack_id="one")
    sent = importer.queue.sent

    importer.load("owners", FILES["owners"], stack_id="another")

    assert importer.queue.sent == sent + 1


def test_the_report_has_a_line_for_every_row(importer: Importer, tmp_path: Path) -> None:
    account = importer.load("owners", FILES["owners"] + "li,sh-pudong,yesterday,\n")

    account.report(tmp_path / "report.csv")

    lines = (tmp_path / "report.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "line,result,reason,field,rule"
    assert [line.split(",")[:2] for line in lines[1:]] == [["2", "accepted"], ["3", "refused"]]


class CloudFormation:
    """The service with one stack of somebody else's."""

    class exceptions:  # noqa: N801  # the client's own name
        class ClientError(Exception):
            """What the service answers for a name it does not know."""

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803  # the service's name
        if StackName != "theirs":
            raise self.exceptions.ClientError
        return {"Stacks": [{"StackId": "arn:theirs", "Outputs": [{"OutputKey": "Website", "OutputValue": "x"}]}]}


@pytest.mark.parametrize(("name", "why"), [("nowhere", "there is no stack"), ("theirs", "EnrolmentQueueUrl")])
def test_a_stack_that_is_not_ours_is_refused(name: str, why: str) -> None:
    with pytest.raises(NoSuchStackError, match=why):
        target_of(Reach(name, lambda _: CloudFormation(), NOW))


def test_equal_rows_are_one_event_and_each_gets_its_answer(importer: Importer) -> None:
    account = importer.load("owners", FILES["owners"] + FILES["owners"].splitlines()[1] + "\n")

    assert results(account) == [(2, "accepted", ""), (3, "accepted", "")]
    assert len(importer._stack.items("OwnersTable", "inbox#")) == 1
