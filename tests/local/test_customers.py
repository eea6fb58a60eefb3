"""The provider of a standing stack comes to know the owners that were imported."""

import json
from pathlib import Path

from infra.local.customers import introduce
from infra.simulator.people import read_people

_HEADER = "owner_key,store_id,registered_at,zone,wecom_external_userid,staff_userid\n"


def test_imported_owners_with_an_address_and_a_staff_member_are_known_once(tmp_path: Path) -> None:
    owners, people = tmp_path / "owners.csv", tmp_path / "people.json"
    people.write_text('{"people": []}', encoding="utf-8")
    rows = (
        "a,sh-pudong,2025-01-01,Asia/Urumqi,wmA,zhang",
        "b,sh-pudong,2025-01-01,,,zhang",
        "c,x,2025-01-01,Mars,wmC,li",
    )
    owners.write_text(_HEADER + "\n".join(rows) + "\n", encoding="utf-8")

    assert introduce(owners, people) == 2
    assert introduce(owners, people) == 0

    known = read_people(people)
    found = known.find("wmA")
    assert found is not None
    assert (found.person, found.zone.key, found.staff) == ("a", "Asia/Urumqi", {"zhang"})
    assert known.find("wmC") is not None
    assert len(json.loads(people.read_text(encoding="utf-8"))["people"]) == 2
