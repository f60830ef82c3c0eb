"""A made-up history in a CSV: some pairs keep a rhythm, some stop for good."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

HEADER = "ego,stakeholder,occurred_at,direction,kind\n"
START = datetime(2025, 1, 1, tzinfo=UTC)


def written(path: Path, pairs: int = 80, days: int = 400, seed: int = 3) -> Path:
    """Write the history; half of the pairs stop somewhere on the way."""
    rng, rows = random.Random(seed), list[str]()
    for pair in range(pairs):
        rhythm, day = rng.choice([3, 8, 20]), rng.random() * 20
        end = rng.randrange(60, days) if pair % 2 else days
        while day < end:
            moment = START + timedelta(days=day)
            rows.append(f"e{pair % 4},p{pair},{moment:%Y-%m-%dT%H:%M:%SZ},in,email\n")
            day += rng.expovariate(1 / rhythm)
    path.write_text(HEADER + "".join(rows))
    return path
