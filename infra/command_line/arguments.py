"""What arguments mean that several commands take: an owner, a store, a day, a file to write; a bad one ends them."""

from datetime import date
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from infra.command_line.output import MISUSED, Output
from ownerloop.adapters.policy_files import stores

OwnerName = Annotated[str, typer.Argument(metavar="ID", help="A person (p_...) or a dealer's owner key.")]


def no_owner(name: str, out: Output) -> NoReturn:
    """End the command: nobody is called so."""
    out.fail(f"没有叫 {name} 的车主", f"no owner is called {name}", code=MISUSED)


def check_store(store_id: str, out: Output) -> None:
    """End the command unless there is such a store."""
    if store_id not in stores():
        known = ", ".join(sorted(stores()))
        zh, en = f"不认识门店 {store_id}；可用：{known}", f"there is no store {store_id}; there are {known}"
        out.fail(zh, en, code=MISUSED)


def day_of(text: str, option: str, out: Output) -> date:
    """Return the day that the option names, or end the command."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        zh, en = f"{option} {text} 不是日期（YYYY-MM-DD）", f"{option} {text} is not a date (YYYY-MM-DD)"
        out.fail(zh, en, code=MISUSED)


def check_target(path: Path | None, out: Output, *, reads: tuple[Path | None, ...] = ()) -> None:
    """End the command before its work where the file could not be written, or is one of those that it reads."""
    if path is None:
        return
    if not path.parent.is_dir():
        out.fail(f"没有目录 {path.parent}", f"there is no folder {path.parent}", code=MISUSED)
    if path.is_dir():
        out.fail(f"{path} 是目录", f"{path} is a folder", code=MISUSED)
    if path.exists() and any(one is not None and path.samefile(one) for one in reads):
        out.fail(
            f"{path} 是要读取的文件，不会覆盖", f"{path} is a file that is read here; it stays as it is", code=MISUSED
        )
