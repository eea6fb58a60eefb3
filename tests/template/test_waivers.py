"""What we keep in spite of a check: each waiver has a reason, stands for something and for no more than that."""

from typing import Any

import pytest

from infra.template.reading import load_template
from infra.template.transformed import DeadWaiverError, known_waivers, with_waivers

QUEUES: dict[str, Any] = {
    "Resources": {
        "Plain": {"Type": "AWS::SQS::Queue", "Properties": {"SqsManagedSseEnabled": True}},
        "Vaulted": {"Type": "AWS::SQS::Queue", "Properties": {"KmsMasterKeyId": "key"}},
        "Bare": {"Type": "AWS::SQS::Queue"},
    }
}
ENCRYPTED = {"check": "CKV_AWS_27", "resources": ["AWS::SQS::Queue"], "reason": "has SQS's own key"}


def waived(*waivers: dict[str, Any]) -> set[str]:
    template = {"Resources": {name: dict(one) for name, one in QUEUES["Resources"].items()}}
    noted = with_waivers(template, list(waivers))["Resources"]
    return {name for name, one in noted.items() if "Metadata" in one}


def test_a_waiver_reaches_only_what_has_the_property_it_relies_on() -> None:
    assert waived({**ENCRYPTED, "having": {"SqsManagedSseEnabled": True}}) == {"Plain"}


def test_what_a_waiver_leaves_out_must_pass_the_check() -> None:
    assert waived({**ENCRYPTED, "but": ["Vaulted"]}) == {"Plain", "Bare"}


@pytest.mark.parametrize("dead", [{"resources": ["NoSuchQueue"]}, {"but": ["NoSuchQueue"]}])
def test_a_waiver_of_something_that_is_not_there_is_refused(dead: dict[str, Any]) -> None:
    with pytest.raises(DeadWaiverError):
        waived({**ENCRYPTED, **dead})


def test_each_waiver_says_why() -> None:
    assert all(len(waiver["reason"].split()) >= 8 for waiver in known_waivers())


def test_the_vault_is_waived_nothing_that_guards_its_rows() -> None:
    vaulted = [one for one in known_waivers() if "AWS::DynamoDB::Table" in one["resources"]]

    assert "VaultTable" in load_template()["Resources"]
    assert all("VaultTable" in one["but"] for one in vaulted)
