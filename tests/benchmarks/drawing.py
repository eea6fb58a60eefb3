"""Draws how time and price grow: `drawing.py GROWTH.json GROWTH.png`, in the peers' environment."""

import json
import sys
from pathlib import Path

import matplotlib as mpl  # type: ignore[import-not-found]  # of the peers' environment

mpl.use("Agg")
import matplotlib.pyplot as plt  # type: ignore[import-not-found]  # after the backend is chosen

KINDS = {
    "owners": ("segmenting owners", "settling tiers of owners"),
    "events a batch": ("events a batch",),
}


def drawn(points: list[dict[str, float | str]], path: Path) -> None:
    """Write the picture: microseconds each and price of a million, by size, for owners and for batches."""
    figure, axes = plt.subplots(2, 2, figsize=(10, 7), constrained_layout=True)
    for column, (size, kinds) in enumerate(KINDS.items()):
        for kind in kinds:
            mine = [point for point in points if point["what"] == kind]
            sizes = [float(point["size"]) for point in mine]
            each = [float(point["seconds"]) / float(point["size"]) * 1e6 for point in mine]
            axes[0, column].plot(sizes, each, "o-", label=kind, clip_on=False)
            axes[1, column].plot(
                sizes, [float(point["usd_a_million"]) for point in mine], "o-", label=kind, clip_on=False
            )
        for row, label in enumerate(("processor time each, us", "list price of a million, USD")):
            axes[row, column].set(xscale="log", ylim=(0, None), xlabel=size, ylabel=label)
            axes[row, column].grid(visible=True, alpha=0.3)
            axes[row, column].legend(loc="center right")
    figure.suptitle("A flat line grows with the size and no faster")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    drawn(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
