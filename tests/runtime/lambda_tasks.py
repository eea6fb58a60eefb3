"""Every function of the template as Lambda is told of it, with a stack of the template behind it and its samples."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from infra.local.ministack import ministack
from infra.runtime.artefact import Artefact
from infra.runtime.emulator import Task
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.ports import EnrolmentChange, Marker
from tests.builders import START, a_consent, a_grant, a_vehicle, an_owner
from tests.functions.stack import PARAMETERS, Stack, emulator_stack
from tests.partners.builders import PERSON_ID, VEHICLE_ID
from tests.partners.sample import put_sample_partner
from tests.tables import REGION
from tests.template.reading import FUNCTIONS, properties_of, value

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "events"
FOLDERS = {Path(properties_of(function)["CodeUri"]).name: function for function in FUNCTIONS}
FAR = START + timedelta(days=20_000)


def samples_of(folder: str) -> list[Path]:
    """Return the samples of a function's trigger, in the order of their names."""
    return sorted(EVENTS.glob(f"{folder}.*.json"))


@contextmanager
def sampled_stack(work_dir: Path) -> Iterator[tuple[Stack, str]]:
    """Run the local cloud with everything that the samples speak of, and give its endpoint too."""
    with ministack(work_dir, {}) as cloud, emulator_stack(cloud.endpoint) as stack:
        put_sample_partner(stack.names["PartnersTable"])
        _put_shared_car(stack)
        yield stack, cloud.endpoint


def task_of(folder: str, *, artefact: Artefact, stack: Stack, endpoint: str, bytecode: Path | None = None) -> Task:
    """Return what Lambda is told of a function: the artefact's folders and the template's numbers and environment."""
    function = FOLDERS[folder]
    properties = properties_of(function)
    account = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}
    return Task(
        name=folder,
        handler=properties["Handler"],
        task_root=artefact.task_root(function),
        opt=artefact.opt(function),
        environment={**stack.environment(folder), **account, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint},
        timeout_seconds=value(properties["Timeout"], profile=PARAMETERS["Profile"]),
        memory_mb=properties["MemorySize"],
        bytecode=bytecode,
    )


def _put_shared_car(stack: Stack) -> None:
    """Put the owner and car that the partner's samples ask for."""
    grant = a_grant(person_id=PERSON_ID, purpose="share:insurer", expires_at=FAR)
    owner = replace(an_owner(person_id=PERSON_ID), vehicle_ids=(VEHICLE_ID,))
    car = a_vehicle(vehicle_id=VEHICLE_ID, consent=a_consent(person_id=PERSON_ID, grants=[grant]))
    change = EnrolmentChange(markers=(Marker("sample", "h", START),), owners=(owner,), vehicles=(car,))
    tables = [stack.names[name] for name in ("OwnersTable", "ConsentsTable", "VehiclesTable", "CasesTable")]
    assert not DynamoEnrolments(*tables).apply(change)
