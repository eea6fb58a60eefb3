"""The runbook: a page for every alarm, no page without one, and commands that can be typed as they stand."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.command_line.main import app
from infra.operation.places import place_called
from infra.runbooks.alarms import alarms, facts, kebab, rules_of, span
from infra.runbooks.generate import FOLDER, pages, stale
from tests.template.reading import ALARMS, FUNCTIONS, TEMPLATE

HEADINGS = ["What it means", "Is an owner harmed?", "Look", "Act", "Afterwards"]
COMMANDS: Any = typer.main.get_command(app)


def commands(text: str) -> list[list[str]]:
    """Return the words of every `ownerloop` command of a page, from its blocks and from its sentences."""
    typed = re.findall(r"^(ownerloop .+)$", text, flags=re.MULTILINE)
    said = re.findall(r"`(ownerloop [^`]+)`", text.replace("\n  ", " "))
    return [shlex.split(one)[1:] for one in typed + [" ".join(one.split()) for one in said]]


def test_every_alarm_has_its_page_and_no_page_is_left_over() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.md")) == sorted(f"{kebab(name)}.md" for name in ALARMS)
    assert stale() == [], "run python -m infra.runbooks.generate"


def test_a_page_that_was_edited_or_belongs_to_no_alarm_is_stale(tmp_path: Path) -> None:
    for name, text in pages().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "write-lake-lag-alarm.md").write_text("by hand", encoding="utf-8")
    (tmp_path / "no-such-alarm.md").write_text("old", encoding="utf-8")

    assert stale(tmp_path) == ["no-such-alarm.md", "write-lake-lag-alarm.md"]


def test_every_alarm_names_its_page() -> None:
    assert all(alarm.description.endswith(f"Runbook: infra/runbooks/{alarm.page}") for alarm in alarms())


def test_every_page_answers_the_same_five_questions() -> None:
    for name, text in pages().items():
        assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == HEADINGS, name
        assert all(len(part.strip()) > 20 for part in re.split(r"^## .+$", text, flags=re.MULTILINE)), name


def test_no_two_pages_say_the_same() -> None:
    bodies = [text.split("\n", 2)[2] for text in pages().values()]

    assert len(set(bodies)) == len(bodies)


@pytest.mark.parametrize("name", sorted({" ".join(words) for text in pages().values() for words in commands(text)}))
def test_every_command_of_the_runbook_can_be_typed(name: str) -> None:
    command, words = COMMANDS, shlex.split(name)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}

    assert not getattr(command, "commands", {})
    assert {word for word in words if word.startswith("--")} <= options
    if name.startswith("dlq ") and words and not words[0].startswith("--"):
        assert place_called(words[0])


def test_every_resource_that_a_page_looks_up_is_in_the_template() -> None:
    asked = {name for text in pages().values() for name in re.findall(r"\$\(physical (\w+)\)", text)}

    assert asked
    assert asked <= set(TEMPLATE["Resources"]) | {rule for name in FUNCTIONS for rule in rules_of(name)}


def test_every_function_is_known_to_the_runbook_and_no_other() -> None:
    assert set(facts()["functions"]) == set(FUNCTIONS)
    assert all({"work", "still", "owners", "again"} == set(said) for said in facts()["functions"].values())


@pytest.mark.parametrize(("seconds", "said"), [(60, "1 minute"), (1800, "30 minutes"), (1209600, "14 days")])
def test_a_span_is_said_in_its_largest_whole_unit(seconds: int, said: str) -> None:
    assert span(seconds) == said
