"""`attune risk`: plain files in, risks out, and nothing from the future."""

import csv
import gzip
import io
import random
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import click
import numpy as np
import psutil
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from services.cli.commands.risk import risk as command
from services.cli.events_csv import CsvFile, Decision, Touches, careful, plain
from services.cli.replay import DAY, Spool, replay
from shared.alignment.risk import TouchDays, risk
from shared.errors import Refused

HEADER = "ego,stakeholder,occurred_at,direction,kind\n"
START = datetime(2026, 1, 1, tzinfo=UTC)


def spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def history(count: int = 600, seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    moments = sorted(START + timedelta(seconds=rng.randrange(200 * 86_400)) for _ in range(count))
    kinds = ("email", "call", "email_broadcast")
    return [f"e{rng.randrange(3)},p{rng.randrange(9)},{spelled(at)},in,{rng.choice(kinds)}\n" for at in moments]


def run(
    directory: Path, events: str | bytes, dates: Sequence[str], *options: str, out: str = "out.csv"
) -> list[dict[str, str]]:
    (directory / "events.csv").write_bytes(events if isinstance(events, bytes) else events.encode())
    (directory / "dates.csv").write_text("decided_at\n" + "".join(f"{date}\n" for date in dates))
    paths = {"--events": "events.csv", "--dates": "dates.csv", "--out": out}
    spelled_out = [word for option, name in paths.items() for word in (option, str(directory / name))]
    CliRunner().invoke(command, [*spelled_out, *options], catch_exceptions=False, standalone_mode=False)
    opener = gzip.open if out.endswith(".gz") else open
    with opener(directory / out, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


PAIRS = [(f"e{ego}", f"p{stakeholder}") for ego in range(3) for stakeholder in range(9)]
DATES = [spelled(START + timedelta(days=day, hours=hour)) for day, hour in [(60, 0), (90, 13), (150, 0)]]


def touch_days(lines: list[str], pair: tuple[str, str], before: str) -> list[int]:
    rows = (line.strip().split(",") for line in lines)
    moments = [at for *names, at, _, kind in rows if tuple(names) == pair and "broadcast" not in kind]
    return [int(datetime.fromisoformat(at).timestamp() // 86_400) for at in moments if at < before]


def test_every_pair_known_by_then_gets_the_risk_of_what_had_happened(tmp_path: Path) -> None:
    lines = history()

    rows = run(tmp_path, HEADER + "".join(lines), DATES)

    wanted = [(pair, date) for date in DATES for pair in PAIRS if touch_days(lines, pair, date)]
    assert [((row["ego"], row["stakeholder"]), row["decided_at"]) for row in rows] == wanted
    for row, (pair, date) in zip(rows, wanted, strict=True):
        days = TouchDays.of(touch_days(lines, pair, date), 30)
        now_days = datetime.fromisoformat(date).timestamp() / 86_400
        assert float(row["risk"]) == pytest.approx(risk(days, now_days, 30)[0], abs=1e-6)


@pytest.mark.parametrize("decided_at", DATES)
def test_what_happens_from_the_decision_on_changes_no_earlier_row(tmp_path: Path, decided_at: str) -> None:
    lines = history()
    whole = run(tmp_path, HEADER + "".join(lines), DATES)

    truncated = [line for line in lines if line.split(",")[2] < decided_at]
    known = run(tmp_path, HEADER + "".join(truncated), DATES)

    earlier = [row for row in whole if row["decided_at"] <= decided_at]
    assert earlier
    assert [row for row in known if row["decided_at"] <= decided_at] == earlier


def test_a_touch_at_the_very_moment_of_the_decision_is_not_known_yet(tmp_path: Path) -> None:
    events = HEADER + "e,p,2026-01-01T00:00:00Z,in,email\ne,p,2026-02-01T00:00:00Z,in,email\n"
    later = "2026-02-01T00:00:00.000001Z"

    at_it, just_after = run(tmp_path, events, ["2026-02-01T00:00:00Z", later])

    assert float(at_it["risk"]) > float(just_after["risk"])


def test_the_order_of_events_and_repeated_events_change_nothing(tmp_path: Path) -> None:
    lines = history()
    sorted_rows = run(tmp_path, HEADER + "".join(lines), DATES)
    shuffled = lines * 2
    random.Random(5).shuffle(shuffled)

    assert run(tmp_path, HEADER + "".join(shuffled), DATES) == sorted_rows


def test_gzip_is_told_by_content_and_written_by_name(tmp_path: Path) -> None:
    text = HEADER + "".join(history())
    plain = run(tmp_path, text, DATES)

    assert run(tmp_path, gzip.compress(text.encode()), DATES, out="out.csv.gz") == plain


def test_a_broadcast_is_no_touch_and_makes_nobody_known(tmp_path: Path) -> None:
    events = HEADER + "e,p,2026-01-01T00:00:00Z,in,email_broadcast\ne,q,2026-01-01T00:00:00Z,in,email\n"

    rows = run(tmp_path, events, ["2026-01-05T00:00:00Z"])

    assert [row["stakeholder"] for row in rows] == ["q"]


def test_who_was_silent_for_four_horizons_is_kept_and_for_longer_left_out(tmp_path: Path) -> None:
    events = HEADER + "e,p,2026-01-01T12:00:00Z,in,email\n"

    rows = run(tmp_path, events, ["2026-02-10T12:00:00Z", "2026-02-12T00:00:00Z"], "--horizon", "10")

    assert [row["decided_at"] for row in rows] == ["2026-02-10T12:00:00Z"]


def test_moments_may_be_days_or_carry_another_zone(tmp_path: Path) -> None:
    zoned = "e,p,2026-01-01T01:30:00+02:00,in,email\ne,p,2026-01-11,in,email\n"
    utc = "e,p,2025-12-31T23:30:00Z,in,email\ne,p,2026-01-11T00:00:00Z,in,email\n"
    date = ["2026-01-20"]

    assert run(tmp_path, HEADER + zoned, date) == run(tmp_path, HEADER + utc, date)


def test_names_with_commas_and_quotes_come_back_as_they_were(tmp_path: Path) -> None:
    events = HEADER + '"Smith, ""Al""","ünï\ncode",2026-01-01T00:00:00Z,in,email\n'

    [row] = run(tmp_path, events, ["2026-01-05"])

    assert (row["ego"], row["stakeholder"]) == ('Smith, "Al"', "ünï\ncode")


def test_columns_may_stand_in_any_order_and_more_may_stand_beside_them(tmp_path: Path) -> None:
    events = "kind,occurred_at,colour,stakeholder,ego\nemail,2026-01-01T00:00:00Z,red,p,e\n"

    [row] = run(tmp_path, events, ["2026-01-05"])

    assert (row["ego"], row["stakeholder"]) == ("e", "p")


def test_no_events_give_a_header_and_no_rows(tmp_path: Path) -> None:
    assert run(tmp_path, HEADER, DATES) == []
    assert (tmp_path / "out.csv").read_text() == "ego,stakeholder,decided_at,risk\n"


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ("", "line 1: no column 'ego'"),
        ("ego,stakeholder,occurred_at\n", "line 1: no column 'kind'"),
        (
            HEADER + "e,p,2026-01-01T00:00:00Z,in,call\n\ne,p,yesterday,in,call\n",
            "line 4: occurred_at 'yesterday'",
        ),
        (HEADER + "e,p,2026-02-30T00:00:00Z,in,call\n", "line 2: occurred_at '2026-02-30T00:00:00Z' must be"),
        (HEADER + "e,p,0000-01-01T00:00:00Z,in,call\n", "line 2: occurred_at '0000-01-01T00:00:00Z' must be"),
        (HEADER + "e,p,NaTaTaTaTaTaTaTaTaTaTZ,in,call\n", "line 2: occurred_at 'NaT"),
        (HEADER + "e,p,,in,call\n", "line 2: occurred_at ''"),
        (HEADER + "e,p,2026-01-01\n", "line 2: 3 fields; the header has 5"),
        (HEADER + ",p,2026-01-01,in,call\n", "line 2: ego '' must be a name"),
        (HEADER + "e,,2026-01-01,in,call\n", "line 2: stakeholder '' must be a name"),
        (HEADER + '"e"x,p,2026-01-01,in,call\n', "near line 2: not CSV"),
        (
            (HEADER + "e,p,2026-01-01,in,call\ne,p\xe9,2026-01-01,in,call\n").encode("latin-1"),
            "near line 2: not CSV in UTF-8",
        ),
        (gzip.compress(HEADER.encode() * 9, mtime=0)[:-9], "not CSV in UTF-8 (or gzip of it)"),
    ],
)
def test_bad_events_are_refused_by_line_field_value_and_rule(tmp_path: Path, events: str | bytes, says: str) -> None:
    with pytest.raises(Refused) as refused:
        run(tmp_path, events, DATES)

    assert says in str(refused.value)
    assert str(tmp_path / "events.csv") in str(refused.value)
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize("out", ["events.csv", "dates.csv"])
def test_no_file_that_is_read_is_written_over(tmp_path: Path, out: str) -> None:
    events = HEADER + "a,b,2026-01-01,in,email\n"

    with pytest.raises(click.UsageError, match="is to be read and would be overwritten"):
        run(tmp_path, events, DATES, out=out)

    assert (tmp_path / "events.csv").read_text() == events


def test_a_horizon_that_is_no_number_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="'nan' is not a number"):
        run(tmp_path, HEADER, DATES, "--horizon", "nan")


def test_dates_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="line 3: decided_at 'soon' must be ISO 8601"):
        run(tmp_path, HEADER, ["2026-01-01", "soon"])
    with pytest.raises(Refused, match="no decided_at"):
        run(tmp_path, HEADER, [])


@given(data=st.data())
def test_what_is_read_in_bulk_is_what_row_by_row_would_have_read(data: st.DataObject) -> None:
    name = st.text("aé, 0", min_size=0, max_size=6).filter(lambda text: "," not in text)
    seconds = st.integers(-32_000_000_000, 250_000_000_000)
    usual = seconds.map(lambda drawn: spelled(START + timedelta(seconds=drawn)))
    moment = usual | st.tuples(usual, st.integers(0, 19), st.characters(codec="ascii")).map(
        lambda drawn: drawn[0][: drawn[1]] + drawn[2] + drawn[0][drawn[1] + 1 :]
    )
    row = st.tuples(name, name, moment, st.just("in"), st.sampled_from(["call", "x_broadcast", "broadcast", ""]))
    block = "".join(",".join(fields) + "\n" for fields in data.draw(st.lists(row, min_size=1, max_size=5))).encode()
    met: dict[bytes, int] = {}

    bulk = plain(block, 5, [0, 1, 2, 4], met)

    if bulk is None:
        assert not met
        return
    slowly: dict[bytes, int] = {}
    one_by_one = careful(CsvFile(Path("x"), io.BytesIO(HEADER.encode())), block, [0, 1, 2, 4], slowly)
    assert bulk.moments.tolist() == one_by_one.moments.tolist()
    assert bulk.relationships.tolist() == one_by_one.relationships.tolist()
    assert list(met) == list(slowly)


def test_a_usual_file_is_read_in_bulk() -> None:
    block = "".join(history()).encode()

    assert plain(block, 5, [0, 1, 2, 4], {}) is not None


@given(data=st.data(), run_length=st.integers(1, 50), block=st.integers(1, 50))
def test_a_spool_gives_all_touches_in_time_order_however_small_its_runs(
    data: st.DataObject, run_length: int, block: int
) -> None:
    moments = data.draw(st.lists(st.integers(-(10**15), 10**15) | st.integers(0, 3), max_size=60))
    chunks = [
        Touches(np.array(moments[i : i + 7], np.int64), np.arange(i, min(i + 7, len(moments))))
        for i in range(0, len(moments), 7)
    ]

    with tempfile.TemporaryFile() as file:
        parts = list(Spool.fill(file, chunks, run_length).in_order(block))

    found = [(m, r) for part in parts for m, r in zip(*(c.tolist() for c in part), strict=True)]
    assert [m for m, _ in found] == sorted(moments)
    assert sorted(found) == sorted(zip(moments, range(len(moments)), strict=True))


def test_memory_does_not_follow_what_is_spooled() -> None:
    me, run = psutil.Process(), 50_000
    chunks = [Touches(np.arange(run) * 7919 % run, np.zeros(run, np.int64)) for _ in range(40)]

    with tempfile.TemporaryFile() as file:
        spool = Spool.fill(file, chunks, run)
        before, lengths, taken = me.memory_info(), list[int](), list[int]()
        for part in spool.in_order(run):
            lengths.append(len(part.moments))
            taken.append(max(me.memory_info().rss - before.rss, me.memory_info().shared - before.shared))
        size = file.seek(0, io.SEEK_END)

    assert sum(lengths) == 40 * run
    assert max(lengths) <= run
    assert max(taken) < size / 2


@given(data=st.data())
def test_how_touches_are_cut_into_blocks_changes_no_risk(data: st.DataObject) -> None:
    moments = sorted(data.draw(st.lists(st.integers(0, 50 * DAY), min_size=1, max_size=40)))
    cuts = sorted(data.draw(st.lists(st.integers(1, len(moments)), max_size=5)))
    decisions = [Decision(at, str(at)) for at in sorted(data.draw(st.sets(st.integers(0, 60 * DAY), max_size=5)))]
    met = np.arange(len(moments)) % 3
    whole = Touches(np.array(moments), met)
    edges = [0, *cuts, len(moments)]
    parts = [Touches(whole.moments[a:b], met[a:b]) for a, b in pairwise(edges) if a < b]

    at_once = [(s.relationships.tolist(), s.risks.tolist()) for s in replay([whole], decisions, 3, 30)]

    assert [(s.relationships.tolist(), s.risks.tolist()) for s in replay(parts, decisions, 3, 30)] == at_once
