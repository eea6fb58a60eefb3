"""What every command shares: one console, one language, JSON on request, and exit codes that mean something."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.explain.words import Language, pick

FINE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


class Tongue(StrEnum):
    """The languages that the command line speaks."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command says what it has to say; with `as_json` only the data goes to standard output."""

    language: Language
    as_json: bool

    @property
    def console(self) -> Console:
        """Return where people read: standard output, or standard error while a program reads the other."""
        return Console(stderr=self.as_json, highlight=False, soft_wrap=True)

    def say(self, zh: str, en: str) -> None:
        """Tell people one sentence."""
        self.console.print(pick(self.language, zh, en), markup=False)

    def table(self, table: Table) -> None:
        """Show people a table; a name that is too long for its column goes on below, since a cut one is of no use."""
        for column in table.columns:
            column.overflow = "fold"
        self.console.print(table)

    def data(self, data: Any) -> None:
        """Give a program the data, if one asked."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")

    def progress(self) -> Progress:
        """Return a progress bar that goes away when it is done."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        return Progress(*columns, console=Console(stderr=True), transient=True)

    @contextmanager
    def until_interrupted(self) -> Iterator[None]:
        """Say so when Ctrl-C or a polite end came; by then everything that the block started is stopped."""
        try:
            yield
        except KeyboardInterrupt:
            self.fail(
                "已中断；启动的一切都已停止", "interrupted; everything that was started is stopped", code=INTERRUPTED
            )

    def fail(self, zh: str, en: str, *, code: int = FAILED) -> NoReturn:
        """Say what is wrong on standard error and end with the code."""
        told = pick(self.language, zh, en)
        Console(stderr=True, highlight=False, soft_wrap=True).print(told, markup=False, style="red")
        self.data({"error": told})
        raise typer.Exit(code)


def output_of(lang: Tongue, *, as_json: bool) -> Output:
    """Return the output that the options ask for."""
    return Output(language="zh" if lang is Tongue.ZH else "en", as_json=as_json)
