"""What this machine lacks for `make demo` and `make test`, and how to get it."""

import os
import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from infra.local.ministack import CHECKOUT, HOST, INTERPRETER

PYTHON_MIN = (3, 11)
DISK_BYTES_MIN = 3 * 1024**3
MEMORY_BYTES_MIN = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says how to get it where it is missing."""

    name: str
    is_fine: bool
    found: str
    remedy: str
    is_needed: bool = True


def examine(checkout: Path = CHECKOUT) -> list[Finding]:
    """Return every finding, needed things first."""
    checks: tuple[Callable[[Path], Iterator[Finding]], ...] = (_interpreter, _tools, _environments, _room, _network)
    found = [finding for check in checks for finding in check(checkout)]
    return sorted(found, key=lambda finding: not finding.is_needed)


def _interpreter(_: Path) -> Iterator[Finding]:
    yield Finding(
        name="python",
        is_fine=sys.version_info[:2] >= PYTHON_MIN,
        found=platform.python_version(),
        remedy="install Python 3.11 or newer (Debian: apt-get install python3.11; macOS: brew install python@3.11)",
    )
    for module, package in (("venv", "python3.11-venv"), ("pip", "python3-pip")):
        yield Finding(
            name=module,
            is_fine=find_spec(module) is not None,
            found="there" if find_spec(module) else "missing",
            remedy=f"install it (Debian: apt-get install {package})",
        )


def _tools(_: Path) -> Iterator[Finding]:
    for tool in ("git", "make"):
        path = shutil.which(tool)
        yield Finding(
            name=tool,
            is_fine=path is not None,
            found=path or "missing",
            remedy=f"install it (Debian: apt-get install {tool}; macOS: xcode-select --install)",
        )


def _environments(checkout: Path) -> Iterator[Finding]:
    for name, python, needed in (
        ("project environment", checkout / ".venv" / "bin" / "python", True),
        ("local cloud", INTERPRETER if checkout == CHECKOUT else checkout / ".venv-ministack" / "bin" / "python", True),
        ("deploy tools", checkout / ".venv-tools" / "bin" / "python", False),
        ("the runtime of Lambda", checkout / ".venv-runtime" / "bin" / "python", False),
    ):
        there = python.is_file()
        yield Finding(
            name=name, is_fine=there, found="built" if there else "not built", remedy="make env", is_needed=needed
        )


def _room(checkout: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(checkout).free
    yield Finding(
        name="disk",
        is_fine=free >= DISK_BYTES_MIN,
        found=f"{free / 1024**3:.1f} GiB free",
        remedy="free 3 GiB where the checkout lies; `make clean` removes what was built here",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield Finding(
        name="memory",
        is_fine=memory >= MEMORY_BYTES_MIN,
        found=f"{memory / 1024**3:.1f} GiB",
        remedy="the local stack runs some fifteen small processes; give the machine 2 GiB",
    )
    writable = os.access(checkout, os.W_OK)
    yield Finding(
        name="checkout",
        is_fine=writable,
        found="writable" if writable else "not writable",
        remedy="everything is installed into the checkout; let your user write there",
    )


def _network(_: Path) -> Iterator[Finding]:
    listens = _can_listen()
    yield Finding(
        name="loopback",
        is_fine=listens,
        found=f"{HOST} can be listened on" if listens else f"{HOST} refuses",
        remedy="the local stack listens on free ports of 127.0.0.1 and nowhere else; allow that",
    )


def _can_listen() -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, 0))
        except OSError:
            return False
    return True
