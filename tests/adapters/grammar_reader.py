"""Reads the text of DynamoDB's expressions token by token."""

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"\s*(?P<token><>|<=|>=|[=<>(),.\[\]+\-*/?{}]|:[A-Za-z0-9_]+|:|#[A-Za-z0-9_]+|[A-Za-z_]\w*|\d+"
    r'|"[^"]*"|' + r"'[^']*')"
)


class GrammarError(Exception):
    """The service would refuse this text."""


@dataclass(slots=True)
class Reader:
    """Reads tokens from left to right and remembers the paths it met."""

    text: str
    tokens: list[str] = field(default_factory=list)
    place: int = 0
    paths: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        at, text = 0, self.text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise GrammarError(f"cannot read {text[at:]!r}")
            self.tokens.append(found["token"])
            at = found.end()

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.next
        if not token or (expected and token.upper() not in expected and token not in expected):
            raise GrammarError(f"{self.text}: {token or 'the end'} where {' or '.join(expected) or 'more'} must be")
        self.place += 1
        return token

    def is_next(self, *tokens: str) -> bool:
        return self.next.upper() in tokens

    def end(self) -> None:
        if self.next:
            raise GrammarError(f"{self.text}: {self.next} where the end must be")
