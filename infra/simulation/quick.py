"""Frozen values that are filled without a guarded call for each field, in processes that do nothing but simulate.

A frozen dataclass sets each field by `object.__setattr__`, which was a tenth of a run. Here a value is of its open twin
while it is filled: the same slots without the guard, and frozen again before anybody has it. What a class takes, its
defaults and what it refuses stay as they were.
"""

import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

FIELDS_MIN = 2  # with fewer it is no gain


def quicken(*packages: str) -> int:
    """Give every frozen, slotted dataclass of the packages' loaded modules its quick `__init__`; return how many."""
    found = [kind for kind in _values_of(packages) if _may_be_quick(kind)]
    for kind in found:
        kind.__init__ = _quick_init(kind)
    return len(found)


def _values_of(packages: tuple[str, ...]) -> Iterator[Any]:
    for name, module in sorted(sys.modules.items()):
        if name.startswith(packages):
            for held in list(vars(module).values()):
                if isinstance(held, type) and held.__module__ == name and is_dataclass(held):
                    yield held


def _may_be_quick(kind: Any) -> bool:
    names = tuple(one.name for one in fields(kind))
    plain = all(one.init and not one.kw_only for one in fields(kind))
    return (
        kind.__dataclass_params__.frozen
        and kind.__dict__.get("__slots__") == names
        and kind.__bases__ == (object,)
        and plain
        and len(names) >= FIELDS_MIN
    )


def _quick_init(kind: Any) -> Any:
    names = [one.name for one in fields(kind)]
    open_twin = type(kind.__name__, (), {"__slots__": tuple(names)})
    given: dict[str, Any] = {"_open": open_twin, "_kind": kind, "_become": object.__setattr__, "_factory": MISSING}
    head = ", ".join(["self", *(_parameter(one, given) for one in fields(kind))])
    body = [f"self.{one.name} = {_value(one)}" for one in fields(kind)]
    after = ["self.__post_init__()"] if hasattr(kind, "__post_init__") else []
    lines = ['_become(self, "__class__", _open)', *body, "self.__class__ = _kind", *after]
    exec(f"def __init__({head}):\n " + "\n ".join(lines), given)  # noqa: S102  # of names of fields, as dataclasses does
    return given["__init__"]


def _parameter(one: "Field[Any]", given: dict[str, Any]) -> str:
    if one.default_factory is not MISSING:
        given[f"_made_{one.name}"] = one.default_factory
        return f"{one.name}=_factory"
    if one.default is MISSING:
        return one.name
    given[f"_default_{one.name}"] = one.default
    return f"{one.name}=_default_{one.name}"


def _value(one: "Field[Any]") -> str:
    if one.default_factory is MISSING:
        return one.name
    return f"_made_{one.name}() if {one.name} is _factory else {one.name}"
