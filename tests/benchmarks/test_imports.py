"""T8: what a cold start of a hot function costs before its first record: imports, and the clients it makes.

Fresh processes, compiled modules for everybody, processor time, the bare interpreter taken off. The peer is the usual
stack (Powertools' logger, metrics, batch, idempotency and parser, boto3, pydantic with a model) with three clients.
The short way needs no client, and where the environment says it all, as in Lambda, nothing of botocore's: a test of
each of these functions holds that an ordinary first invocation in a new process loads neither.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pytest

from tests.benchmarks.figures import Figure, told

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
RUNS = 9
BARE = "pass"
USUAL = """
import boto3
from tests.benchmarks.usual_stack import app
assert len(app.clients) == 3
"""
OURS = """
from functions.{function} import app
from ownerloop.adapters.dynamodb.direct import line
for service in {lines}:
    line(service)
import sys
assert "pydantic" not in sys.modules and "pyarrow" not in sys.modules
assert ("numpy" in sys.modules) == {with_numpy}
assert "botocore.session" not in sys.modules
"""


@pytest.mark.parametrize(
    ("function", "lines", "with_numpy", "must", "aim"),
    [
        ("ingest_vehicle_data", ("dynamodb", "secretsmanager", "sqs", "events"), True, 0.7, 0.62),
        ("dispatch_contacts", ("dynamodb", "events", "lambda"), False, 0.55, 0.5),
        ("send_wecom", ("dynamodb", "secretsmanager"), False, 0.55, 0.5),
    ],
)
def test_a_cold_start_beside_the_usual_stack(  # one column each
    function: str, lines: Sequence[str], with_numpy: bool, must: float, aim: float
) -> None:
    program = OURS.format(function=function, lines=tuple(lines), with_numpy=with_numpy)
    seconds(program), seconds(USUAL)  # the first run of each leaves its compiled modules behind

    rounds = [[seconds(one) for one in (BARE, program, USUAL)] for _ in range(RUNS)]

    bare, mine, theirs = (median(times) for times in zip(*rounds, strict=True))
    figure = Figure(
        target="T8",
        what=f"cold import and clients of {function}",
        ours=(mine - bare) * 1e3,
        peer=(theirs - bare) * 1e3,
        unit="ms",
        score=(mine - bare) / (theirs - bare),
        must=must,
        aim=aim,
        is_most=True,
    )
    told(figure)


def seconds(program: str) -> float:
    """Return the processor time of a fresh interpreter that runs the program."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "shared")]),
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
    }
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime
