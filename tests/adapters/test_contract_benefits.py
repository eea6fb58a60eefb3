"""The contract of the benefits' port, on memory, moto and the local cloud."""

from dataclasses import replace

import pytest

from ownerloop.adapters.dynamodb.benefits import DynamoBenefits
from ownerloop.adapters.memory_benefits import MemoryBenefits
from ownerloop.benefit_ports import Benefits
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Choice, Grant, Stock, Voucher, Why
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.health import health
from ownerloop.domain.portrait import Tag, TagSource
from tests.kept import grants_of
from tests.owner_builders import DAY, PERSON, WELL, a_grant, a_health_policy, a_voucher, a_worth
from tests.tables import Tables


@pytest.fixture
def benefits(backend: Tables | None) -> Benefits:
    return DynamoBenefits(backend.benefits) if backend else MemoryBenefits()


def grants(benefits: Benefits, backend: Tables | None) -> list[Grant]:
    if isinstance(benefits, MemoryBenefits):
        return list(benefits.given.values())
    assert backend
    return [grant for person_id in (PERSON, "p_2") for grant in grants_of(person_id, benefits_table=backend.benefits)]


def a_pair(*, stock: int = 2) -> tuple[BenefitRecord, Voucher]:
    voucher = a_voucher(stock=stock).voucher
    assert voucher
    return BenefitRecord(person_id=PERSON, version=1, grants=(a_grant(),)), voucher


def test_a_record_is_read_back_whole_and_an_unknown_person_has_version_0(benefits: Benefits) -> None:
    record = BenefitRecord(
        person_id=PERSON,
        version=1,
        as_of=DAY,
        is_profiled=True,
        health=health(WELL, policy=a_health_policy()),
        intent=40,
        worth=a_worth(),
        tags=(Tag("vip", TagSource.HAND, DAY, None, "staff-1"), Tag("valuable", TagSource.RULE, DAY, DAY, "rule")),
        standing=("own_technician",),
        next=Choice("premium_gift", Why.BEST, 12),
        passed=(Choice("service_voucher", Why.AUDIENCE), Choice("trade_in_offer", Why.NOT_BEST, -3)),
        grants=(a_grant(),),
        policy_version="benefits-1",
    )

    assert benefits.settle(record, []) == frozenset()

    assert benefits.load([PERSON, "p_nobody"]) == {PERSON: record, "p_nobody": BenefitRecord(person_id="p_nobody")}


def test_a_grant_is_written_with_its_record_and_what_it_takes(benefits: Benefits, backend: Tables | None) -> None:
    record, voucher = a_pair()

    benefits.settle(record, [(record.grants[0], voucher)])

    assert grants(benefits, backend) == [a_grant()]
    assert benefits.stocks(["service_voucher", "other"], period="2026") == {
        "service_voucher": Stock(1, 2_000),
        "other": Stock(),
    }
    assert benefits.stocks(["service_voucher"], period="2027") == {"service_voucher": Stock()}


def test_a_record_that_moved_and_a_grant_that_exists_write_nothing(benefits: Benefits) -> None:
    record, voucher = a_pair()
    benefits.settle(record, [(record.grants[0], voucher)])

    for stale in (record, replace(record, version=3), replace(record, version=2)):
        with pytest.raises(VersionConflictError):
            benefits.settle(stale, [(record.grants[0], voucher)])

    assert benefits.stocks(["service_voucher"], period="2026") == {"service_voucher": Stock(1, 2_000)}
    assert benefits.load([PERSON])[PERSON] == record


def test_what_is_used_up_is_named_and_nothing_is_written(benefits: Benefits, backend: Tables | None) -> None:
    record, voucher = a_pair(stock=1)
    benefits.settle(record, [(record.grants[0], voucher)])
    other = replace(a_grant(person_id="p_2"), benefit_id="plenty", grant_id="g_plenty")
    wanted = replace(a_grant(person_id="p_2"), person_id="p_2")

    used_up = benefits.settle(BenefitRecord(person_id="p_2", version=1), [(other, voucher), (wanted, voucher)])

    assert used_up == {"service_voucher"}
    assert grants(benefits, backend) == [record.grants[0]]
    assert benefits.load(["p_2"])["p_2"].version == 0
    assert benefits.stocks(["plenty"], period="2026") == {"plenty": Stock()}
