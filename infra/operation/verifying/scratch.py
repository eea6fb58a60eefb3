"""A place on disk for what must be put beside each other and may be too much for memory."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

_PAGES_KIB = 16_384  # of memory; the rest lies in a file that goes away by itself
_TABLES = """
CREATE TABLE gate (person TEXT PRIMARY KEY, merged_into TEXT, members TEXT);
CREATE TABLE slot (person TEXT, day TEXT, contact TEXT, is_other INT);
CREATE TABLE contact (contact TEXT PRIMARY KEY, person TEXT, state TEXT, day TEXT, message TEXT);
CREATE TABLE sent (contact TEXT, person TEXT, vehicle TEXT, purpose TEXT, at INT);
CREATE TABLE withdrawal (person TEXT, vehicle TEXT, purpose TEXT, at INT, told_at INT);
CREATE TABLE consent (person TEXT, vehicle TEXT, purpose TEXT, at INT);
CREATE TABLE told (vehicle TEXT, occurred_at INT, received_at INT);
CREATE TABLE profile (person TEXT PRIMARY KEY, merged_into TEXT, members TEXT);
CREATE TABLE alias (alias TEXT PRIMARY KEY, person TEXT);
CREATE TABLE tier (person TEXT, tier TEXT);
CREATE TABLE head (person TEXT PRIMARY KEY, item BLOB);
CREATE TABLE entry (person TEXT, number INT, item BLOB, PRIMARY KEY (person, number));
CREATE TABLE taken (item TEXT, quantity INT, stands INT);
CREATE TABLE fact (dataset TEXT, id TEXT, at INT, PRIMARY KEY (dataset, id)) WITHOUT ROWID;
CREATE TABLE row (dataset TEXT, id TEXT, PRIMARY KEY (dataset, id)) WITHOUT ROWID;
CREATE INDEX slot_of ON slot (person, day, contact);
CREATE INDEX told_of ON told (vehicle, occurred_at);
CREATE INDEX withdrawn_of ON withdrawal (person, vehicle, purpose);
CREATE INDEX consent_of ON consent (person, vehicle, purpose);
"""


class Scratch:
    """Tables of one run."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, table: str, *values: Any) -> None:
        """Keep one row; one that is there already is replaced."""
        marks = ", ".join("?" * len(values))
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", values)  # noqa: S608  # our own names

    def add_all(self, table: str, rows: Iterable[tuple[Any, ...]], *, width: int) -> None:
        """Keep many rows of a width."""
        marks = ", ".join("?" * width)
        self._connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)  # noqa: S608  # our own names

    def rows(self, question: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the answer to a question, row by row."""
        with closing(self._connection.cursor()) as cursor:
            yield from cursor.execute(question, values)

    def count(self, table: str) -> int:
        """Return how many rows a table holds."""
        ((number,),) = self.rows(f"SELECT count(*) FROM {table}")  # noqa: S608  # our own names
        return int(number)


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Give an empty scratch for the duration of a `with` block; its file has no name and goes with it."""
    with closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"PRAGMA cache_size = -{_PAGES_KIB}")
        connection.executescript(_TABLES)
        connection.execute("BEGIN")
        yield Scratch(connection)
