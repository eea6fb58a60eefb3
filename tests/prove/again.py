"""One story told twice, on one core and on all: `python -m tests.prove.again --events 50000` prints both digests."""

import argparse
import json
import sys
from collections.abc import Sequence

from infra.simulation.whole import Figures, run_all, shards


def digests(*, events: int) -> list[str]:
    """Return the digests of every decision in its order, of one story told on one core and on all."""
    jobs, told = shards(1, events=events), []
    for processes in (1, None):
        total = Figures()
        for figures in run_all(jobs, processes=processes):
            total.add(figures)
        told.append(total.digest)
    return told


def main(arguments: Sequence[str]) -> int:
    """Print the digests; 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    asked = parser.parse_args(arguments)
    told = digests(events=asked.events)
    sys.stdout.write(json.dumps({"events": asked.events, "digests": told}) + "\n")
    return 0 if len(set(told)) == 1 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
