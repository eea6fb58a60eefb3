"""The way of points through the matrix: earned by a purchase, redeemed, returned; the ledger adds up after a fault."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from ownerloop.domain.facts import FactKind
from tests.crash import moments
from tests.crash.matrix import Scenario
from tests.crash.scenarios import EVENING, a_regular_owner, at
from tests.crash.world import By, World
from tests.functions.stack import sqs_event
from tests.functions.test_enrol_owners import OWNER_KEY, VIN
from tests.interaction_builders import a_message

STEPS = (
    (FactKind.PURCHASE, datetime(2026, 3, 3, 2, tzinfo=UTC)),
    (FactKind.POINTS_REDEEMED, datetime(2026, 5, 5, 2, tzinfo=UTC)),
    (FactKind.REDEMPTION_RETURNED, datetime(2026, 5, 6, 2, tzinfo=UTC)),
)
OWN_QUEUE = "InteractionQueue"


def earn_redeem_return(world: World) -> None:
    """Tell of a purchase, of a redemption once its points are usable, and of its return."""
    for kind, told_at in STEPS:
        world.at = told_at + timedelta(minutes=1)
        said = told_at.isoformat()
        own = {"vin": VIN} if kind is FactKind.PURCHASE else {}
        event = {**a_message(kind, **own), "subject": OWNER_KEY, "time": said, "receivedat": said}
        batch = sqs_event(json.dumps([event]))
        world.deliver("process_interactions", batch, by=By.QUEUE)
        world.drain(OWN_QUEUE, "process_interactions")


def entries() -> list[dict[str, Any]]:
    """Return the entries of the ledger."""
    (held,) = (items for name, items in moments.items().items() if name.endswith("PointsTable"))
    return [item for item in held if item["sk"]["S"].startswith("entry#")]


def laws_of_the_ledger(_: World) -> list[str]:
    """Return what does not hold of the ledger: each cause is entered once, and each of the three steps is."""
    held = Counter((entry["pk"]["S"], entry["kind"]["S"], entry["entry_id"]["S"]) for entry in entries())
    lines = [f"{kind} {entry_id} {many} times" for (_, kind, entry_id), many in held.items() if many > 1]
    kinds = {kind for _, kind, _ in held}
    return lines + [f"no {kind} in the ledger" for kind in ("settled", "redeemed", "restored") if kind not in kinds]


POINTS_PATH = Scenario(
    "points path",
    ("process_interactions",),
    at(EVENING, first=a_regular_owner),
    earn_redeem_return,
    laws=laws_of_the_ledger,
)
