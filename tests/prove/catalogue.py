"""The heavy proofs in the order in which they run, the quick ones first: never two local clouds at once."""

import re

from tests.prove.proof import OWNERLOOP, PYTHON, Ended, Proof, Seen, nothing, passing, pytest_of, words

FAULTED_MIN = 0.06
LAWS = ("lost", "doubled", "over_cap", "drifted", "after_withdrawal")
TWIN_PERCENT_MIN = 95
EVENTS, SEEDS, OPERATIONS, GOOD, BAD = "1000000", "1000", "100000", "100000", "1000"


def simulated(ended: Ended) -> Seen:
    """Return what a simulation counted: every law at 0, and enough of its operations faulted."""
    found = ended.json()
    if not found:
        return nothing(ended)
    broken = ", ".join(f"{found[law]} {law}" for law in LAWS)
    figure = f"{found['runs']:,} runs, {found['events']:,} events, {found['faulted_share']:.1%} faulted: {broken}"
    enough = found["faulted_share"] >= FAULTED_MIN
    return Seen(figure, holds=ended.code == 0 and enough and not any(found[law] for law in LAWS))


def fooled(ended: Ended) -> Seen:
    """Return in what share of the bursts each naive twin was seen to break its law."""
    caught = dict(re.findall(r"^(.+?) +caught in ([0-9.]+)% of the bursts$", ended.out, re.MULTILINE))
    if not caught:
        return nothing(ended)
    figure = "; ".join(f"{name} {share} %" for name, share in caught.items())
    return Seen(figure, holds=ended.code == 0 and min(map(float, caught.values())) >= TWIN_PERCENT_MIN)


def same_again(ended: Ended) -> Seen:
    """Return whether the second run decided what the first did, on as many cores as you like."""
    found = ended.json()
    if not found:
        return nothing(ended)
    figure = f"{found['events']:,} events twice, digests {' and '.join(one[:12] for one in found['digests'])}"
    return Seen(figure, holds=ended.code == 0 and len(set(found["digests"])) == 1 < len(found["digests"]))


def crashed(ended: Ended) -> Seen:
    """Return how many points of the crash matrix were tried, and how many broke something."""
    found = re.search(r"^([1-9]\d*) points, (\d+) violations$", ended.out + ended.err, re.MULTILINE)
    if not found:
        return nothing(ended)
    return Seen(found[0], holds=ended.code == 0 and found[2] == "0")


def flooded(ended: Ended) -> Seen:
    """Return what became of the good and of the bad ones."""
    found = ended.json()
    if "holds" not in found:
        return nothing(ended)
    figure = (
        f"{found['good_effective']:,} good ones effective, {sum(found['quarantined'].values()):,} quarantined, "
        f"{found['dead_letters']:,} dead letters; after the fix {found['left_in_quarantine']} and "
        f"{found['left_in_queues']} left"
    )
    return Seen(figure, holds=ended.code == 0 and found["holds"] is True)


def stormed(ended: Ended) -> Seen:
    """Return how many operations the ledger saw and whether telling them again changed nothing."""
    lines = [line.strip() for line in ended.out.splitlines() if line.strip()]
    told = [line for line in lines if " operations by " in line or line.startswith("replay of ")]
    if ended.code or not told:
        return nothing(ended)
    return Seen("; ".join(told), holds=told[-1].endswith("nothing: True"))


def emulated(*names: str) -> tuple[str, ...]:
    """Return the command that runs tests of the local cloud."""
    return pytest_of(*(f"tests/emulator/test_{name}.py" for name in names))


PROOFS = (
    Proof(
        "decode",
        "frames with broken bytes",
        "none crashes the decoder, none passes with a wrong check sum",
        pytest_of("tests/adapters/formats/test_mutations.py"),
        passing,
    ),
    Proof(
        "again",
        "the same seed, told twice on one core and on all",
        "the same decisions, to the byte",
        (*PYTHON, "-m", "tests.prove.again", "--events", "50000"),
        same_again,
        small={"50000": "2000"},
    ),
    Proof(
        "bursts",
        "bursts of 300 events on one owner",
        "1,000 seeds, every law at 0, at least 6 % of operations faulted, under 60 s",
        (*OWNERLOOP, "simulate", "--seed", "1", "--bursts", SEEDS, "--json"),
        simulated,
        small={SEEDS: "4"},
        seconds_max=60,
    ),
    Proof(
        "twins",
        "the same bursts with a naive twin of each guarded part",
        "each breaks its law in at least 95 % of 1,000 seeds",
        (*PYTHON, "-m", "tests.simulation.proving", "--events", "0", "--bursts", "0", "--twin-bursts", SEEDS),
        fooled,
        small={SEEDS: "4"},
    ),
    Proof(
        "simulation",
        "events in a world of faults",
        "1,000,000 events, every law at 0, at least 6 % of operations faulted, under 600 s",
        (*OWNERLOOP, "simulate", "--seed", "1", "--events", EVENTS, "--json"),
        simulated,
        small={EVENTS: "2000"},
        seconds_max=600,
    ),
    Proof(
        "crash",
        "every read and write of every handler, failed, unanswered or the last; pairs of them on every path",
        "0 violations",
        (*PYTHON, "-m", "tests.crash_matrix"),
        crashed,
    ),
    Proof(
        "threads",
        "50 threads on one owner, on a real engine",
        "exactly 3 reserved; the naive cap lets more through",
        emulated("race"),
        passing,
    ),
    Proof(
        "bookings",
        "500 bookings at once for 20 slots",
        "exactly 20 booked; the naive one overbooks",
        emulated("booking_race"),
        passing,
    ),
    Proof(
        "races",
        "rushes for benefits, batches that meet in one car, dispatchers that meet a merge",
        "nothing lost, nothing beyond stock, budget or cap",
        emulated("benefit_race", "intake", "merge_race", "joined"),
        passing,
    ),
    Proof(
        "edge",
        "functions and provider killed, shards that fail, messages worked twice at once, a backlog and days of a fleet "
        "on a wire that refuses, loses and delays",
        "nothing lost, nothing done or sent twice, nobody over the cap, nothing healthy given up",
        emulated("killed", "complaint_clocks", "tier_shards", "schedule", "stack", "wire", "overload"),
        passing,
    ),
    Proof(
        "canary",
        "recognisable VINs, keys and addresses through everything",
        "found nowhere outside the vault",
        emulated("privacy"),
        passing,
    ),
    Proof(
        "replay",
        "a fleet's days told twice, and a log replayed row by row",
        "the same contacts, tiers and figures",
        pytest_of("tests/emulator/test_demo.py", "tests/local/test_replay_rows.py"),
        passing,
    ),
    Proof(
        "ledger",
        "points bought, spent and given back by 8 threads in memory, who change places at every step",
        "100,000 operations, every law of the ledger holds, telling 1,000 again changes nothing",
        pytest_of("tests/usecases/test_points_storm.py"),
        passing,
    ),
    Proof(
        "storm",
        "points bought, spent and given back by 16 threads",
        "100,000 operations, every law of the ledger holds, telling 1,000 again changes nothing",
        (*PYTHON, "-m", "tests.points_storm", "--operations", OPERATIONS),
        stormed,
        small={OPERATIONS: "1200"},
    ),
    Proof(
        "poison",
        "1,000 bad messages among 100,000 good ones",
        "all good ones effective, all bad ones listed with reason, nothing left after the fix",
        (*PYTHON, "-m", "tests.poison_flood", "--good", GOOD, "--bad", BAD),
        flooded,
        small={GOOD: "1000", BAD: "8"},
    ),
    Proof(
        "mutation",
        "each guarding condition removed in turn",
        "a test notices every one",
        (*PYTHON, "-m", "tests.mutation"),
        words,
    ),
)
