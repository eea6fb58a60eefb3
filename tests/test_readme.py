"""What README names is there: commands with their options, habits, modules, files, parameters, figures."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from infra.command_line.main import app
from infra.partners.enrolling import partner_in
from infra.template.idle_cost import idle_bill
from ownerloop.domain.partner import Role
from tests.template.reading import TEMPLATE

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES_MAX = 400
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app)

FENCED = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
PROSE = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
SPANS = re.findall(r"`([^`\n]+)`", PROSE)
SHELL = [line.split("  #")[0].strip() for kind, text in FENCED if kind == "sh" for line in text.splitlines()]
LINES = [one.strip() for one in (*SPANS, *SHELL)]
OURS = ("infra/", "tests/", "shared/", "functions/", "events/")


def called(line: str) -> list[str] | None:
    """Return the words behind `ownerloop` of a line that calls it, else None."""
    words = shlex.split(line.replace("...", ""), comments=True) if "ownerloop " in line else []
    return words[1:] if words and words[0].rsplit("/", 1)[-1] == "ownerloop" else None


def leaves(command: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something."""
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from leaves(below, *path, name)
    else:
        yield path


def misread(words: list[str]) -> str:
    """Return what of a call does not exist: a command, or an option of it; nothing if all of it does."""
    command: Any = COMMANDS
    rest = list(words)
    while isinstance(command, TyperGroup):
        name = rest.pop(0) if rest else ""
        if name not in command.commands:
            return f"no command {name!r}"
        command = command.commands[name]
    known = {spelt for parameter in command.params for spelt in (*parameter.opts, *parameter.secondary_opts)}
    return ", ".join(word for word in rest if word.startswith("-") and word.split("=")[0] not in {*known, "--help"})


CALLS = sorted({tuple(words) for line in LINES if (words := called(line))})


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_a_command_that_the_readme_names_exists_with_its_options(words: tuple[str, ...]) -> None:
    assert not misread(list(words))


def test_every_command_is_told_of() -> None:
    said = {words[:n] for words in CALLS for n in (1, 2)} | {words[:1] for words in CALLS}
    # `case list`, `show`, ... stand in one row, each by its last word
    said |= {("case", span) for span in SPANS}

    assert [" ".join(path) for path in leaves(COMMANDS) if path not in said] == []


def test_a_command_that_is_not_there_is_noticed() -> None:
    assert misread(["dlq", "forget", "QUEUE"]) == "no command 'forget'"
    assert misread(["verify", "--loudly"]) == "--loudly"


def test_every_habit_of_make_that_the_readme_names_is_one() -> None:
    habits = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    named = {habit for line in LINES for habit in re.findall(r"(?:^|[=\w] )make ([a-z]+)", line)}

    assert {"demo", "test", "build", "bench"} <= named <= habits


def test_every_file_that_the_readme_links_or_names_is_there() -> None:
    linked = {target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target}
    named = {span for span in SPANS if span.startswith(OURS) and " " not in span and "<" not in span}
    data = {f"shared/ownerloop/data/{span}" for span in SPANS if re.fullmatch(r"\w+\.json|manifests/", span)}
    data -= {f"shared/ownerloop/data/{span}" for span in SPANS if (ROOT / "infra/schemas" / span).exists()}

    assert len(linked) > 3
    assert [path for path in sorted(linked | named | data) if not (ROOT / path).exists()] == []


def test_every_policy_is_told_of() -> None:
    held = {path.name for path in (ROOT / "shared/ownerloop/data").glob("*.json")}

    assert held - set(SPANS) == set()


def test_every_place_that_the_readme_links_within_itself_has_a_heading() -> None:
    headings = {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in _headings()}

    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings


def test_every_module_that_the_readme_runs_is_there() -> None:
    modules = {module for line in LINES for module in re.findall(r"-m ((?:infra|tests)[\w.]*)", line)}

    assert "infra.template.idle_cost" in modules
    assert [module for module in modules if importlib.util.find_spec(module) is None] == []


def test_the_parameters_that_the_readme_tells_of_are_those_of_the_template() -> None:
    table = README.split("| parameter |")[1].split("\n\n")[0]
    told = [name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])]

    assert sorted(told) == sorted(TEMPLATE["Parameters"])


def test_the_defaults_that_the_readme_tells_of_are_those_of_the_template() -> None:
    table = README.split("| parameter |")[1].split("\n\n")[0]
    for row in table.splitlines()[2:]:
        names, told = re.findall(r"`(\w+)`", row.split("|")[1]), row.split("|")[2].strip()
        defaults = [str(TEMPLATE["Parameters"][name]["Default"]) for name in names]
        assert told == ("(none)" if not any(defaults) else ", ".join(defaults))


def test_the_outputs_that_the_readme_names_are_those_of_the_template() -> None:
    named = {span for span in SPANS if re.fullmatch(r"[A-Z]\w+(Id|Arn|Url)", span)} - set(TEMPLATE["Parameters"])

    assert named
    assert named <= set(TEMPLATE["Outputs"])


def test_the_price_of_the_idle_stack_is_the_one_that_is_computed() -> None:
    assert f"**{sum(line.usd for line in idle_bill()):.2f} USD a month**" in README


def test_the_quotas_of_the_readme_are_those_of_the_template() -> None:
    scale = TEMPLATE["Mappings"]["Scale"]["deployed"]
    intakes, jobs, lake = (scale[f"{name}Concurrency"] for name in ("Intake", "Job", "Lake"))
    sources = [
        source["Properties"]["ScalingConfig"]["MaximumConcurrency"]["Fn::FindInMap"][2]
        for one in TEMPLATE["Resources"].values()
        for source in one["Properties"].get("Events", {}).values()
        if "ScalingConfig" in source.get("Properties", {})
    ]
    total = sum(scale[name] for name in sources)

    assert f"at most {intakes} invocations at once of each of the three intakes" in README
    assert f"{jobs} of each of the five night and store jobs, {lake} of the lake ({total} in sum)" in README
    assert f"{scale['PartnerCallsPerDay']:,} calls a day and {scale['PartnerCallsPerSecond']} a second" in README


def test_the_partner_of_the_readme_can_be_enrolled() -> None:
    text = next(text for kind, text in FENCED if kind == "json" and '"partner_id"' in text)

    assert partner_in(text).role is Role.INSURANCE


def test_the_readme_stays_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) <= LINES_MAX


def _headings() -> list[str]:
    return [line.lstrip("#").strip() for line in PROSE.splitlines() if line.startswith("#")]
