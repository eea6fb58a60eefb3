"""`ownerloop status`, `explain` and `doctor`: what there is, why it is so, what is missing."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from infra.casework.telling import KINDS
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import FAILED, FINE, MISUSED, Output, Tongue, output_of
from infra.command_line.sites import Profile, Region, StackName, the_site
from infra.demo.run import LAST_RUN
from infra.demo.summary import contacts_by_state
from infra.explain.around import record_around
from infra.explain.record import NobodyError, Record, read_record, record_of
from infra.explain.telling import explain as told_of
from infra.explain.words import BOOKINGS, STATES, pick, say
from infra.local.clients import client
from infra.local.doctor import examine
from infra.local.drain import Queues
from infra.local.stack import Stack, find_stack
from infra.operation.overview import overview_of
from infra.operation.site import Site
from ownerloop.domain.cases import CaseKind


def status(
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Say whether a stack is up, how its queues stand, what its tables hold, and what was quarantined and why.

    Of a deployed stack: its queues, how many items its tables hold (as the service last counted) and its alarms.
    """
    out = output_of(lang, as_json=as_json)
    if stack_name or region or profile:
        _tell_deployed(the_site(stack_name, region, profile, out), out)
        return
    stack = find_stack()
    if stack is None:
        out.say("没有运行中的本地云", "no stack is up")
        out.data({"up": False})
        raise typer.Exit(FAILED)
    _tell_local(stack, out)


def _tell_local(stack: Stack, out: Output) -> None:
    queues = Queues.of(stack.endpoint).depths()
    record = record_of(stack.endpoint, stack.outputs, at=stack.now())
    contacts = contacts_by_state(record.contacts.values())
    quarantined = _quarantined(stack)
    out.say(
        f"{stack.endpoint}，时钟 {record.at:%Y-%m-%d %H:%M:%SZ}",
        f"{stack.endpoint}, clock {record.at:%Y-%m-%d %H:%M:%SZ}",
    )
    out.table(_status_table(record, contacts, quarantined, queues, out))
    out.data(
        {
            "up": True,
            "endpoint": stack.endpoint,
            "now": record.at.isoformat(),
            "owners": len(record.owners),
            "vehicles": len(record.vehicles),
            "forecasts": _forecasts(record),
            "contacts": contacts,
            "bookings": _bookings(record),
            "open_cases": _open_cases(record),
            "lead_times": {store_id: lead.version for store_id, lead in sorted(record.lead_times.items())},
            "quarantined": quarantined,
            "queues": queues,
        }
    )


def explain(
    name: Annotated[str, typer.Argument(metavar="OWNER_OR_CONTACT", help="Owner key, person, car or contact.")],
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Explain one owner or contact: consent, forecast with its inputs, every contact's trail, or why there is none.

    Reads the local stack that is up, else what the last demo left behind. Of a deployed stack only that owner's items
    are read, with the contacts that are open, that a limit still sees, or that belong to the cars' present visits.
    """
    out = output_of(lang, as_json=as_json)
    is_deployed = bool(stack_name or region or profile)
    try:
        record = record_around(the_site(stack_name, region, profile, out), name) if is_deployed else _record(out)
        told = told_of(record, name, language=out.language)
    except NobodyError as error:
        out.fail(f"没有叫 {name} 的车主、车辆或提醒", str(error), code=MISUSED)
    for line in told.lines:
        out.console.print(line, markup=False)
    out.data(told.data)


def doctor(lang: Lang = Tongue.EN, as_json: AsJson = False) -> None:
    """Say what this machine lacks and how to get it."""
    out = output_of(lang, as_json=as_json)
    findings = examine()
    for finding in findings:
        mark = "✓" if finding.is_fine else ("✗" if finding.is_needed else "-")
        remedy = "" if finding.is_fine else f": {finding.remedy}"
        out.console.print(f"{mark} {finding.name}: {finding.found}{remedy}", markup=False)
    missing = [finding for finding in findings if finding.is_needed and not finding.is_fine]
    if missing:
        out.say(f"还缺 {len(missing)} 项", f"{len(missing)} needed things are missing")
    else:
        out.say("什么都不缺", "nothing is missing")
    out.data([asdict(finding) for finding in findings])
    raise typer.Exit(FAILED if missing else FINE)


def _record(out: Output) -> Record:
    stack: Stack | None = find_stack()
    if stack is not None:
        return record_of(stack.endpoint, stack.outputs, at=stack.now())
    if not LAST_RUN.is_file():
        out.fail(
            "没有运行中的本地云，也没有跑过演示；先运行 `ownerloop up` 或 `ownerloop demo`",
            "no stack is up and no demo was run; `ownerloop up` or `ownerloop demo` first",
        )
    return read_record(LAST_RUN)


def _tell_deployed(site: Site, out: Output) -> None:
    stands = overview_of(site)
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in {**stands.items, **stands.queues}.items():
        table.add_row(name, str(count))
    out.table(table)
    if stands.ringing:
        out.say(f"正在报警：{'、'.join(stands.ringing)}", f"ringing: {', '.join(stands.ringing)}")
    else:
        out.say("没有报警", "no alarm rings")
    out.data({"stack": site.name, "now": site.now.isoformat(), **asdict(stands)})


def _status_table(
    record: Record, contacts: dict[str, int], quarantined: dict[str, int], queues: dict[str, int], out: Output
) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    rows: list[tuple[str, Any]] = [
        (pick(out.language, "车主", "owners"), len(record.owners)),
        (pick(out.language, "车辆", "cars"), len(record.vehicles)),
        (pick(out.language, "有预测", "with a forecast"), _forecasts(record)),
    ]
    rows += [(_contact(name, out), count) for name, count in contacts.items()]
    booked = pick(out.language, "到店预约", "bookings")
    rows += [(f"{booked}: {say(BOOKINGS, name, out.language)}", count) for name, count in _bookings(record).items()]
    cases = pick(out.language, "未结案件", "open cases")
    rows += [(f"{cases}: {pick(out.language, *KINDS[kind])}", count) for kind, count in _open_cases(record).items()]
    leads = pick(out.language, "提前期版本", "lead time, version")
    rows += [(f"{leads}: {store_id}", lead.version) for store_id, lead in sorted(record.lead_times.items())]
    rows += [(f"{pick(out.language, '隔离', 'quarantined')}: {rule}", count) for rule, count in quarantined.items()]
    rows += list(queues.items())
    for name, count in rows:
        table.add_row(name, str(count))
    return table


def _contact(name: str, out: Output) -> str:
    if name == "open":
        return pick(out.language, "提醒：未结束", "contacts: open")
    return f"{pick(out.language, '提醒', 'contacts')}: {say(STATES, name, out.language)}"


def _quarantined(stack: Stack) -> dict[str, int]:
    """Return how many events lie in quarantine, by reason and field; what was redriven is not counted."""
    pages = (
        client("dynamodb", stack.endpoint)
        .get_paginator("scan")
        .paginate(
            TableName=stack.outputs["QuarantineTableName"],
            ProjectionExpression="pk, redriven_at, #reason, #field",
            ExpressionAttributeNames={"#reason": "reason", "#field": "field"},
        )
    )
    items = (item for page in pages for item in page["Items"])
    waiting = (item for item in items if item["pk"]["S"].startswith("day#") and "redriven_at" not in item)
    counted = Counter(f"{item['reason']['S']} {item['field']['S']}".strip() for item in waiting)
    return dict(sorted(counted.items()))


def _bookings(record: Record) -> dict[str, int]:
    counted = Counter(str(standing.state) for standing in record.bookings.values())
    return dict(sorted(counted.items()))


def _open_cases(record: Record) -> dict[CaseKind, int]:
    counted = Counter(case.kind for case in record.cases if case.is_open)
    return dict(sorted(counted.items()))


def _forecasts(record: Record) -> int:
    return sum(vehicle.forecast is not None for vehicle in record.vehicles.values())
