"""`ownerloop verify`: every law and the account with the lake, held against a running stack that is only read."""

from typing import Annotated, Any

import typer
from rich.table import Table

from infra.command_line.options import AsJson, Lang
from infra.command_line.output import FAILED, Tongue, output_of
from infra.command_line.sites import Profile, Region, StackName, the_site
from infra.explain.words import Language, pick
from infra.operation.verifying.findings import EXAMPLES_MAX, Finding
from infra.operation.verifying.run import DAYS, verify


def verify_stack(
    days: Annotated[int, typer.Option("--days", min=1, max=DAYS, help="How far back the lake is read.")] = DAYS,
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Hold every law against a stack: gates, contacts, consents, tiers, groups, points, the lake, the vault.

    Nothing is written. What breaks a law is read twice before it is said. Ends with 1 if a law is broken.
    """
    out = output_of(lang, as_json=as_json)
    site = the_site(stack_name, region, profile, out)
    with out.until_interrupted(), out.progress() as bar:
        task = bar.add_task(site.name, total=None)
        found = verify(site, days=days, tell=lambda what: bar.update(task, description=what))
    broken = [finding for finding in found if finding.violations]
    out.table(findings_table(found, out.language))
    for finding in broken:
        for name, how in _examples(finding):
            out.console.print(f"  {finding.law}: {name} {how}", markup=False)
    if broken:
        out.say(f"{len(broken)} 条规则被违反", f"laws broken: {len(broken)}")
    else:
        out.say("全部规则成立", "every law holds")
    out.data([finding_data(finding) for finding in found])
    if broken:
        raise typer.Exit(FAILED)


def findings_table(found: list[Finding], language: Language) -> Table:
    """Return the table of the laws."""
    table = Table()
    table.add_column(pick(language, "规则", "law"))
    table.add_column(pick(language, "已查", "checked"), justify="right")
    table.add_column(pick(language, "违反", "broken"), justify="right")
    table.add_column(pick(language, "说明", "notes"))
    for finding in found:
        notes = "; ".join(finding.notes)
        table.add_row(pick(language, *finding.says), str(finding.checked), str(finding.violations), notes)
    return table


def finding_data(finding: Finding) -> dict[str, Any]:
    """Return a law for a program."""
    return {
        "law": finding.law,
        "checked": finding.checked,
        "violations": finding.violations,
        "examples": [{"id": name, "how": how} for name, how in _examples(finding)],
        "notes": finding.notes,
    }


def _examples(finding: Finding) -> list[tuple[str, str]]:
    return sorted(finding.broken.items())[:EXAMPLES_MAX]
