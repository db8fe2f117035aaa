"""The cases, each with the tests that show it: those of the suite, and those kept here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = "tests/matrix"
ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault."""

    name: str
    what: str
    """What happens."""
    must: str
    """What must come of it."""
    tests: tuple[str, ...]
    """Node ids; a file alone: all of it."""
    needs_root: bool = False


_DISKS, _LINES = f"{HERE}/disks.py", f"{HERE}/lines.py"
_COPIES, _RESTORED = "tests/hq/intake/test_copies.py", "tests/system/test_restored_store.py"
_REPLACED, _ANCHOR = "tests/system/test_replaced_pc.py", "tests/hq/test_anchor.py"
_FLIPS, _HEALING = "tests/services/house/test_flips.py", "tests/services/house/test_healing.py"
_TIMES, _CLOCK = "tests/services/house/test_two_times.py", "tests/services/line/test_timekeeper.py"

CASES: Final = (
    Case(
        name="control",
        what="the judge is fed a sale that is not there, and one twice",
        must="it says so",
        tests=(f"{_DISKS}::test_control_the_judge_sees_a_lost_and_a_doubled_sale",),
    ),
    Case(
        name="answer-lost",
        what="answers are cut off at many bytes, after HQ's commit",
        must="nothing is lost or doubled",
        tests=(f"{_DISKS}::test_answer_lost",),
    ),
    Case(
        name="old-copy",
        what="disk set back to an old copy, HQ has what came later",
        must="what HQ has is told back; nothing is doubled",
        tests=(
            f"{_DISKS}::test_old_copy",
            f"{_REPLACED}::test_a_disk_that_was_set_back_is_told_what_it_forgot",
        ),
    ),
    Case(
        name="old-copy-unsent",
        what="disk set back, HQ never had what came later",
        must="nothing is doubled; what was never sent is lost, only papers know of it",
        tests=(f"{_DISKS}::test_old_copy_unsent",),
    ),
    Case(
        name="old-copy-sold",
        what="disk set back, and it sells before it is heard",
        must="both branches count once",
        tests=(
            f"{_DISKS}::test_old_copy_that_sold_before_it_synced",
            f"{_COPIES}::test_the_store_in_use_goes_on_after_an_old_copy_has_sold",
        ),
    ),
    Case(
        name="backup-restored",
        what="a backup restored on the PC; what it lacks is recovered",
        must="nothing is doubled, recovered once",
        tests=(
            f"{_RESTORED}::test_a_restored_backup_doubles_nothing_and_what_it_lacks_is_recovered_once",
        ),
    ),
    Case(
        name="no-wal",
        what="the database without its WAL",
        must="it is noticed at the start, the rest set aside",
        tests=(f"{_DISKS}::test_database_without_its_wal",),
    ),
    Case(
        name="clone-first",
        what="disk cloned, both sell; the clone is heard first",
        must="one of both is fenced, and says so",
        tests=(f"{_DISKS}::test_cloned[clone]",),
    ),
    Case(
        name="original-first",
        what="disk cloned, both sell; the original is heard first",
        must="one of both is fenced, and says so",
        tests=(f"{_DISKS}::test_cloned[original]",),
    ),
    Case(
        name="old-copy-heard",
        what="an old disk is switched on for a minute, and off again",
        must="the PC in use goes on, nothing is lost",
        tests=(
            f"{_DISKS}::test_old_copy_heard_once",
            f"{_COPIES}::test_the_store_in_use_goes_on_after_an_old_copy_was_heard_once",
        ),
    ),
    Case(
        name="replaced",
        what="PC replaced by an empty one, which HQ lets in",
        must="numbers go on, the past is told back; what was never sent is lost",
        tests=(
            f"{_DISKS}::test_replaced",
            f"{_REPLACED}::test_no_receipt_number_is_given_twice",
            f"{_REPLACED}::test_a_used_coupon_is_refused_with_till_and_receipt",
        ),
    ),
    Case(
        name="hq-restored",
        what="HQ restored from an old dump, said by `store-hq restored`",
        must="stores send again what it lacks",
        tests=(
            f"{_DISKS}::test_hq_restored",
            f"{_ANCHOR}::test_a_dump_restored_elsewhere_is_refused_until_it_is_said",
        ),
    ),
    Case(
        name="hq-empty",
        what="HQ pointed to an empty database",
        must="it takes nothing; the store keeps all, and says so",
        tests=(f"{_DISKS}::test_hq_on_an_empty_database",),
    ),
    Case(
        name="zombie",
        what="a machine of an epoch that is over sends and reads",
        must="it is fenced at hello, batches and feed",
        tests=(
            f"{_COPIES}::test_a_disk_that_has_less_than_the_one_in_use_is_fenced_whatever_it_sold",
            f"{_COPIES}::test_the_feed_is_the_stores_alone",
        ),
    ),
    Case(
        name="versions",
        what="agent up- and downgraded across what it can read",
        must="nothing is lost; what it can't read waits",
        tests=("tests/system/test_versions.py", "tests/store/test_migrations.py"),
    ),
    Case(
        name="clocks",
        what="clock ± 1 day, ± 1 year, set during a sale",
        must="times never go back, nothing kept is deleted",
        tests=(_CLOCK, _TIMES, "tests/domain/line/test_effective_time.py"),
    ),
    Case(
        name="altered",
        what="an event altered in the journal while the agent is down",
        must="found at the start, begun anew, the rest recovered once",
        tests=(
            f"{_RESTORED}::test_a_damaged_database_is_begun_anew_and_its_events_reach_head_office_once",
        ),
    ),
    Case(
        name="flips",
        what="files damaged at random bytes, cut, or swapped",
        must="found at start, at night or at sync; never sent in silence",
        tests=(_FLIPS, _HEALING),
    ),
    Case(
        name="partitions",
        what="three agents: dropped, refused, reset, 30 % lost, one-way, half-open",
        must="all arrive once when the line is mended",
        tests=(_LINES,),
        needs_root=True,
    ),
    Case(
        name="two-lines",
        what="wired line and 4G: the first dropped, refused, half-open, unplugged, back again",
        must="claims in time, certain; the other is used, then the first again; all once",
        tests=(f"{HERE}/two_lines.py",),
        needs_root=True,
    ),
)
