"""What a law was held against, and what broke it."""

from dataclasses import dataclass, field

EXAMPLES_MAX = 10
KEPT_MAX = 10_000  # ids of one law that are remembered; more are only counted


@dataclass(slots=True)
class Finding:
    """One law: how many things were checked, and which broke it. Notes say what is under way and breaks nothing."""

    law: str
    says: tuple[str, str]  # in Chinese and in English
    checked: int = 0
    broken: dict[str, str] = field(default_factory=dict)  # id -> how; surrogates only
    more: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def violations(self) -> int:
        """Return how many things broke the law."""
        return len(self.broken) + self.more

    def breaks(self, name: str, how: str) -> None:
        """Remember what broke the law, and how."""
        if name in self.broken or len(self.broken) < KEPT_MAX:
            self.broken.setdefault(name, how)
        else:
            self.more += 1

    def standing(self, before: "Finding") -> "Finding":
        """Return what broke the law both times: a stack that works while it is read shows halves of its changes."""
        both = {name: how for name, how in self.broken.items() if name in before.broken}
        return Finding(self.law, self.says, self.checked, both, min(self.more, before.more), self.notes)
