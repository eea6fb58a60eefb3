"""Store jobs on their queue."""

import pytest

from ownerloop.adapters import store_jobs
from ownerloop.adapters.store_jobs import SqsStoreJobs, StoreJob, read, read_store, written
from ownerloop.domain.errors import MalformedEventError
from tests.contact_builders import NOW, a_store

JOB = StoreJob("plan_contacts", "sh-pudong", NOW)


def test_each_store_gets_a_message_that_reads_as_the_job_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(store_jobs, "send_all", lambda url, bodies: sent.append((url, bodies)))

    SqsStoreJobs("the-queue").enqueue("plan_contacts", store_ids=["sh-pudong", "cd-gaoxin"], now=NOW)

    ((url, bodies),) = sent
    assert url == "the-queue"
    assert [read(body) for body in bodies] == [JOB, StoreJob("plan_contacts", "cd-gaoxin", NOW)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("not json", "body"),
        ("[]", "body"),
        ("{}", "job"),
        ('{"job": "", "store_id": "s", "at": "2026-03-02T00:00:00+00:00"}', "job"),
        ('{"job": "plan_contacts", "store_id": 7, "at": "2026-03-02T00:00:00+00:00"}', "store_id"),
        ('{"job": "plan_contacts", "store_id": "s", "at": "2026-03-02T00:00:00"}', "at"),
        ('{"job": "plan_contacts", "store_id": "s", "at": "yesterday"}', "at"),
    ],
)
def test_a_message_that_is_no_job_is_refused_naming_the_field(body: str, field: str) -> None:
    with pytest.raises(MalformedEventError) as refused:
        read(body)

    assert refused.value.field == field


def test_another_job_or_a_store_of_somebody_else_is_refused() -> None:
    stores = {"sh-pudong": a_store()}

    assert read_store(written(JOB), job="plan_contacts", stores=stores) == a_store()
    with pytest.raises(MalformedEventError, match="job"):
        read_store(written(JOB), job="expire_points", stores=stores)
    with pytest.raises(MalformedEventError, match="store_id"):
        read_store(written(JOB), job="plan_contacts", stores={})
