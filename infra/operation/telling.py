"""The given-up in the words of people and of programs."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.table import Table

from infra.explain.words import Language, pick
from infra.operation.letters import PAGE, Box, Letter, oldest_of
from infra.operation.opening import Opened
from infra.operation.places import Place
from infra.operation.redriving import Tally
from infra.operation.site import Site


@dataclass(frozen=True, slots=True)
class Pile:
    """What lies in one queue. `oldest_at` is the oldest of the first ten."""

    place: Place
    depth: int
    oldest_at: datetime | None
    came_back: int  # of the first ten: redriven before, and here again
    reason: str

    @property
    def data(self) -> dict[str, Any]:
        """Return it for a program."""
        return {
            "queue": self.place.name,
            "source": self.place.source or None,
            "functions": list(self.place.functions),
            "messages": self.depth,
            "oldest_at": self.oldest_at.isoformat() if self.oldest_at else None,
            "came_back": self.came_back,
            "reason": self.reason,
        }


def pile_of(box: Box, last_fault: Callable[[Site, Place], str]) -> Pile:
    """Return what lies in a queue; an empty one is not looked into."""
    depth = box.depth()
    letters = list(box.letters(most=PAGE)) if depth else []
    came_back = sum(letter.redrives > 0 for letter in letters)
    reason = last_fault(box.site, box.place) if depth else ""
    return Pile(box.place, depth, oldest_of(letters), came_back, reason)


def piles_table(piles: list[Pile], now: datetime, language: Language) -> Table:
    """Return the table of the queues, the empty ones too."""
    table = Table()
    width = max(len(pile.place.name) for pile in piles)
    table.add_column(
        pick(language, "队列", "queue"), no_wrap=True, min_width=width
    )  # whole: the other commands want it
    table.add_column(pick(language, "条数", "messages"), justify="right")
    for zh, en in (("最早", "oldest"), ("来自", "from"), ("函数", "worked by"), ("最近的原因", "last reason")):
        table.add_column(pick(language, zh, en))
    for pile in piles:
        functions = pile.place.functions
        worked_by = ", ".join(functions) if len(functions) <= 2 else f"{len(functions)} functions"  # noqa: PLR2004  # a line
        oldest = _age(pile.oldest_at, now) if pile.oldest_at else "-"
        table.add_row(pile.place.name, str(pile.depth), oldest, pile.place.source or "-", worked_by, pile.reason or "-")
    return table


def letter_lines(letter: Letter, opened: Opened, reason: str, language: Language) -> list[str]:
    """Return a message for people."""
    back = pick(language, f"，重放过 {letter.redrives} 次", f", redriven {letter.redrives} times before")
    unknown = pick(language, "原因未知", "reason not known")
    head = f"{letter.message_id}  {letter.sent_at.isoformat()}  {reason or unknown}{back if letter.redrives else ''}"
    said = [f"  {json.dumps(one, ensure_ascii=False)}" for one in opened.said]
    rest = opened.count - len(opened.said)
    return [head, *said, *([f"  + {rest}"] if rest > 0 else [])]


def letter_data(letter: Letter, opened: Opened, reason: str) -> dict[str, Any]:
    """Return a message for a program."""
    return {
        "message_id": letter.message_id,
        "sent_at": letter.sent_at.isoformat(),
        "redrives": letter.redrives,
        "reason": reason,
        "events": opened.count,
        "event_keys": opened.keys,
        "said": opened.said,
    }


def tally_data(tally: Tally) -> dict[str, Any]:
    """Return what became of a redrive for a program."""
    return {
        "redriven": tally.redriven,
        "came_back": tally.came_back,
        "failed": tally.failed,
        "missing": tally.missing,
    }


def _age(at: datetime, now: datetime) -> str:
    seconds = max(0, int((now - at).total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds % 86_400 // 3600, seconds % 3600 // 60
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"
