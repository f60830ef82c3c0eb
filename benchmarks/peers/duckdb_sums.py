"""The physical limit: the same sums by DuckDB over Parquet. Prints the seconds of the median of three.

    .venv-peers/bin/python benchmarks/peers/duckdb_sums.py ROWS.csv DIRECTORY

ROWS.csv: handle, occurred (seconds since 1970), contact, dialogue, depth, accord, strain (doses).
"""

import statistics
import sys
import time
from pathlib import Path

import duckdb

HALF_LIVES = {"contact": 30, "dialogue": 30, "depth": 90, "accord": 60, "strain": 30}
PACES = (7, 30, 120)


def main(rows: str, directory: str) -> None:
    """Turn the rows into Parquet, then sum them."""
    parquet = Path(directory) / "log.parquet"
    names = ", ".join(["handle", "occurred", *HALF_LIVES])
    duckdb.sql(f"copy (select {names} from read_csv('{rows}', header=true)) to '{parquet}' (format parquet)")  # noqa: S608 -- our own names
    sums = [
        f"sum({name} * exp(0.6931471805599453 * (occurred - 1767225600) / {86_400 * days}))"
        for name, days in HALF_LIVES.items()
    ]
    sums += [f"sum(exp(0.6931471805599453 * (occurred - 1767225600) / {86_400 * days}))" for days in PACES]
    took = []
    for turn in range(3):
        began = time.perf_counter()
        duckdb.sql(f"create table sums{turn} as select handle, {', '.join(sums)} from '{parquet}' group by handle")  # noqa: S608 -- our own names
        took.append(time.perf_counter() - began)
    print(statistics.median(took))


if __name__ == "__main__":
    main(*sys.argv[1:3])
