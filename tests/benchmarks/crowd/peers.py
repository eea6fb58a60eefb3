# ruff: noqa: S608  # the queries hold numbers and names of this file
"""Pandas and DuckDB over a crowd, in their own environment: `peers.py pandas|duckdb FOLDER TODAY OPENS`.

Each in the quickest way found for it: DuckDB sums a visit day first and ranks values instead of owners.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import asked  # type: ignore[import-not-found]  # this folder is all that the peers' environment sees

Held = dict[str, np.ndarray]


def in_pandas(held: Held, today: int, opens: int) -> Callable[[], np.ndarray]:
    """Return the work in pandas."""
    import pandas as pd  # type: ignore[import-not-found]  # noqa: PLC0415  # of the peers' environment

    rows = pd.DataFrame(held)

    def work() -> np.ndarray:
        table = pd.DataFrame({"recency": today - rows.groupby("owner").day.max()})
        recent = rows[rows.day > opens]
        table["frequency"] = recent.drop_duplicates(["owner", "day"]).groupby("owner").size()
        table["money"] = recent.groupby("owner").money.sum()
        table = table.fillna(0)
        for name, values in (("r", -table.recency), ("f", table.frequency), ("m", table.money)):
            table[name] = np.ceil((5 * values.rank()) / len(table))
        found: np.ndarray = table.to_numpy().astype(np.int64)
        return found

    return work


def in_duckdb(held: Held, today: int, opens: int) -> Callable[[], np.ndarray]:
    """Return the work in DuckDB, with a thread for each core."""
    import duckdb  # type: ignore[import-not-found]  # noqa: PLC0415  # of the peers' environment
    import pyarrow as pa  # noqa: PLC0415

    line = duckdb.connect()
    line.register("visits", pa.table(held))
    scored = ", ".join(
        f"{name}_scores as (select {name}, ceil(5 * (sum(count(*)) over (order by {name} {way}) - count(*)"
        f" + (count(*) + 1) / 2) / (select count(*) from habits)) {score} from habits group by {name})"
        for name, way, score in (("recency", "desc", "r"), ("frequency", "", "f"), ("money", "", "m"))
    )
    query = f"""with days as (select owner, day, sum(money) money from visits group by owner, day),
        habits as materialized (
            select owner, {today} - max(day) recency, count(*) filter (day > {opens}) frequency,
            coalesce(sum(money) filter (day > {opens}), 0)::bigint money from days group by owner
        ), {scored}
        select owner, recency, frequency, money, r, f, m from habits
        join recency_scores using (recency) join frequency_scores using (frequency) join money_scores using (money)"""

    def work() -> np.ndarray:
        found = line.execute(query).fetchnumpy()
        order = np.argsort(found.pop("owner"))
        return np.stack([column[order].astype(np.int64) for column in found.values()], axis=1)

    return work


if __name__ == "__main__":
    name, folder = sys.argv[1], sys.argv[2]
    make = {"pandas": in_pandas, "duckdb": in_duckdb}[name]
    asked.answer(make(asked.read(folder), *map(int, sys.argv[3:5])), into=Path(folder) / f"{name}.npy")
