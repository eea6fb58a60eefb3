"""`ownerloop audience check|explain` and `ownerloop owner tag`: what staff say of owners, and who is meant."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.audiences.desk import Desk
from infra.benefits.desk import Desk as BenefitsDesk
from infra.command_line import audiences, tagging
from infra.command_line.main import app
from infra.importing.sending import Outcome, Target
from infra.owners.desk import Desk as OwnersDesk
from infra.owners.tagging import Tagger
from infra.points.desk import Desk as PointsDesk
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.commands import put_all
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interaction_change import InteractionChange
from ownerloop.domain.interactions import Touch
from ownerloop.domain.owner import Owner, Unsubscribe
from tests.owner_builders import NOW, PERSON, a_fact
from tests.tables import Tables, moto_tables

OWNER = Owner(person_id=PERSON, version=1, store_id="sh-pudong", language="zh")
ASKED = {"all": [{"attribute": "tags", "has": "golf_club"}, {"attribute": "language", "is": "zh"}]}


class Told(Tagger):
    """A tagger whose stack takes everything."""

    events: list[dict[str, Any]] = []  # noqa: RUF012  # emptied for each test

    def tell(self, event: dict[str, Any]) -> Outcome:
        self.events.append(event)
        return Outcome(line=1, result="accepted")


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    with moto_tables() as names:
        points = PointsDesk(client("dynamodb"), names.points, names.vault, names.owners, NOW)
        of_owners = OwnersDesk(points, names.owners, names.vehicles, names.cases, names.workshop)
        desk = Desk(of_owners, BenefitsDesk(points, names.benefits, names.owners))
        tagger = Told(Target(client, "stack", "queue", names.owners, names.quarantine), NOW)
        tagger.events.clear()
        monkeypatch.setattr(audiences, "the_desk", lambda *_: desk)
        monkeypatch.setattr(tagging, "_desks", lambda *_: (of_owners, tagger))
        put_all(names.owners, [owner_values(OWNER)])
        yield names


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audience.json"
    path.write_text(json.dumps(ASKED))
    return path


def ran(*arguments: str | Path, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result


def tagged(tables: Tables, **changes: Any) -> None:
    fact = replace(a_fact(FactKind.TAG_ADDED, detail="golf_club", days_ago=1), **changes)
    assert DynamoInteractions(tables.interactions).apply(InteractionChange(fact.event_key, "h", NOW, fact))


def test_a_valid_audience_tells_what_it_asks_and_what_of_it_judges_persons(file: Path) -> None:
    said = json.loads(ran("audience", "check", file, "--json").stdout)

    assert said == {
        "is_valid": True,
        "questions": 2,
        "attributes": ["language", "tags"],
        "profile_attributes": ["tags"],
    }
    assert "opted out" in ran("audience", "check", file).output


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('{"all": [{"attribute": "shoe_size", "is": 42}]}', 1, "all[0].attribute"),
        ('{"attribute": "tier", "is": "gold"}', 1, "is"),
        ("[]", 1, "."),
        ("", 1, "."),
        ('{"all": [', 2, "neither JSON nor YAML"),
    ],
)
def test_what_is_wrong_with_an_audience_is_named_by_its_place(file: Path, text: str, code: int, place: str) -> None:
    file.write_text(text)

    assert place in ran("audience", "check", file, code=code).stderr


def test_a_tag_by_staff_brings_an_owner_into_the_audience_that_asks_for_it(tables: Tables, file: Path) -> None:
    before = json.loads(ran("audience", "explain", file, PERSON, "--json").stdout)
    tagged(tables)

    after = json.loads(ran("audience", "explain", file, PERSON, "--json").stdout)

    assert (before["is_in"], after["is_in"]) == (False, True)
    assert [one["verdict"] for one in before["questions"]] == ["no", "yes"]
    assert "golf_club" in after["questions"][0]["held"]
    assert "yes: tags has golf_club" in ran("audience", "explain", file, PERSON).output


def test_of_who_opted_out_of_profiling_a_tag_is_unknown(tables: Tables, file: Path) -> None:
    tagged(tables)
    put_all(tables.owners, [owner_values(replace(OWNER, unsubscribes=(Unsubscribe(NOW, "*", "profiling"),)))])

    said = json.loads(ran("audience", "explain", file, PERSON, "--json").stdout)

    assert (said["is_in"], said["is_profiled"], said["verdict"]) == (False, False, "unknown")


@pytest.mark.usefixtures("tables")
def test_nobody_is_explained_whom_nobody_knows(file: Path) -> None:
    assert "no owner is called" in ran("audience", "explain", file, "p_" + "9" * 24, code=2).stderr


@pytest.mark.usefixtures("tables")
def test_a_tag_is_told_as_an_interaction_of_the_person_with_who_says_so_and_until_when() -> None:
    ran("owner", "tag", PERSON, "add", "golf_club", "--until", "2026-12-31", "--by", "chen.wei")
    ran("owner", "tag", PERSON, "remove", "golf_club")

    added, removed = map(parse_interaction, Told.events)

    assert added.subject == f"person:{PERSON}"
    assert added.to_domain() == Touch(FactKind.TAG_ADDED, about="chen.wei", detail="golf_club/2026-12-31")
    assert removed.to_domain() == Touch(FactKind.TAG_REMOVED, about="operator", detail="golf_club")


@pytest.mark.usefixtures("tables")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("p_" + "9" * 24, "add", "golf_club"), "no owner is called"),
        ((PERSON, "add", "Golf Club"), "one lower-case word"),
        ((PERSON, "add", "golf_club", "--until", "31.12.2026"), "is not a date"),
        ((PERSON, "remove", "golf_club", "--until", "2026-12-31"), "goes with add"),
    ],
)
def test_what_is_no_tag_is_refused_before_anything_is_sent(arguments: tuple[str, ...], problem: str) -> None:
    assert problem in ran("owner", "tag", *arguments, code=2).stderr
    assert Told.events == []
