"""A function's first invocation in a new process, in the environment that Lambda gives, on the moto of this one."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.functions.moto_over_http import moto_over_http
from tests.functions.stack import Stack
from tests.tables import REGION

ROOT = Path(__file__).parents[2]
FIRST = """
import json, sys
from datetime import datetime
from types import SimpleNamespace
from functions.{folder} import app
from ownerloop.adapters.dynamodb import direct

direct.CONNECT_SECONDS = direct.READ_SECONDS = 60  # a busy machine is no lost answer
app.the_clock = lambda: SimpleNamespace(now=lambda: datetime.fromisoformat("{now}"))
answer = app.handler(json.load(sys.stdin), None)
print(json.dumps([answer, [name for name in sys.modules if name.startswith("botocore.") or name == "boto3"]]))
"""


def first_answer(stack: Stack, folder: str, event: Any, *, now: datetime, **more: str) -> tuple[Any, list[str]]:
    """Return the answer, and what it took of AWS's own library."""
    with moto_over_http() as address:
        environment = {
            **stack.environment(folder),
            "AWS_ENDPOINT_URL": address,
            **dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), "test"),
            "AWS_DEFAULT_REGION": REGION,
            "POWERTOOLS_METRICS_NAMESPACE": "OwnerLoop",
            "HOME": "/nowhere",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
            **more,
        }
        done = subprocess.run(
            [sys.executable, "-c", FIRST.format(folder=folder, now=now)],
            input=json.dumps(event),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    answer, loaded = json.loads(done.stdout.splitlines()[-1])
    return answer, loaded
