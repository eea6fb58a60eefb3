"""Settles one shard of a large store, or publishes the cut points of all; the steps of a state machine call it."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.tier_shards import PublishCuts, SettleShard, crowd_values, read_step
from ownerloop.adapters.tier_world import settling
from ownerloop.ports import Clock
from ownerloop.settings import SettleTierShardSettings, from_environment
from ownerloop.tier_ports import Settling
from ownerloop.usecases.settle_tiers import publish_cuts, settle_shard


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    settling: Settling
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    return Wiring(settling=settling(from_environment(SettleTierShardSettings)), clock=the_clock())


def on_settle(step: SettleShard) -> dict[str, Any]:
    """Settle the shard and return what it is like."""
    wired = wiring()
    now = wired.clock.now()
    report = settle_shard(step.store, step.place, settling=wired.settling, as_of=step.as_of, now=now)
    telemetry.count_all(report.facts)
    telemetry.follow("owners welcomed", report.correlations)
    telemetry.log_faults_of("tier not settled", report.faults.met)
    report.faults.raise_first()
    return {"owners": report.owners, "crowd": crowd_values(report.crowd)}


def on_publish(step: PublishCuts) -> dict[str, Any]:
    """Publish the cut points of the whole store and return the day from which they hold, if they are new."""
    wired = wiring()
    now = wired.clock.now()
    cuts = publish_cuts(step.store, step.crowds, settling=wired.settling, as_of=step.as_of, now=now)
    telemetry.count("CutPointsPublished", int(cuts is not None))
    return {"effective_on": cuts.effective_on.isoformat() if cuts else None}


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Do the step; one that names no work of ours fails, and with it the execution."""
    telemetry.log_invocation(event)
    step = read_step(event, stores=stores())
    return on_settle(step) if isinstance(step, SettleShard) else on_publish(step)
