"""Disks that are set back, copied and restored, answers and messages that are lost or late:
HQ keeps what it acknowledged, and a store that runs once finds its way back by itself."""

from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from sync.errors import FencedError
from sync.greeting import EnterEpoch, ForgetCursor, Send, greeting, next_step
from sync.outbox import OutboxPosition
from sync.protocol.limits import MAX_SEQ
from sync.protocol.messages import Action, BatchLimits, Hello, HelloAnswer, Point
from sync.protocol.position import ORIGIN, Offer, StorePosition, decide_hello

MAX_HELLOS = 5
"""No honest greeting takes more."""

drops = st.just(set[int]()) | st.sets(st.integers(0, 3), min_size=1, max_size=2)


@dataclass
class Disk:
    """A store's database."""

    epoch: int = 0
    acked: Point = ORIGIN
    hq_epoch: str = ""
    journal: list[Point] = field(default_factory=lambda: [ORIGIN])

    def append(self, mark: int) -> None:
        last = self.journal[-1]
        digest = sha256(f"{last.hash} {mark}".encode()).hexdigest()
        self.journal.append(Point(last.seq + 1, digest))

    def position(self) -> OutboxPosition:
        return OutboxPosition(
            store="MB001",
            install_id="install-1",
            epoch=self.epoch,
            last=self.journal[-1],
            acked=self.acked,
            pruned_seq=0,
            cursor="",
            hq_epoch=self.hq_epoch,
        )

    def hash_at(self, seq: int) -> str | None:
        return self.journal[seq].hash if seq < len(self.journal) else None

    def trail(self) -> tuple[Point, ...]:
        """Every second place: sparse, as a long journal's."""
        return (*self.journal[:0:-2], ORIGIN)


@dataclass
class HeadOffice:
    """What HQ holds of the store: rows by epoch and seq, never deleted."""

    epoch: int = 0
    install_id: str | None = None
    hq_epoch: str = "hq-1"
    bases: dict[int, Point] = field(default_factory=lambda: {0: ORIGIN})
    parents: dict[int, int] = field(default_factory=dict)
    rows: dict[tuple[int, int], Point] = field(default_factory=dict)
    accepted: Point = ORIGIN
    offers: dict[int, tuple[Point, tuple[int, Point]]] = field(default_factory=dict)
    """By epoch: its base, and where HQ stood then."""

    def hash_at(self, seq: int) -> str | None:
        if seq == 0:
            return ORIGIN.hash
        epoch = max((e for e in self.line() if self.bases[e].seq < seq), default=0)
        row = self.rows.get((epoch, seq))
        return row.hash if row else None

    def line(self) -> set[int]:
        """The epochs that the journal goes through."""
        epoch, line = self.epoch, {self.epoch}
        while epoch in self.parents:
            epoch = self.parents[epoch]
            line.add(epoch)
        return line

    def holder_of(self, point: Point) -> int | None:
        return max((e for (e, _), row in self.rows.items() if row == point), default=None)

    def greet(self, hello: Hello) -> HelloAnswer:
        position = StorePosition(
            epoch=self.epoch,
            install_id=self.install_id,
            accepted=self.accepted,
            base=self.bases[self.epoch],
            hq_epoch=self.hq_epoch,
            abandoned=frozenset(self.bases.keys() - self.line()),
            offers={
                epoch: Offer(base=base, is_void=beside != (self.epoch, self.accepted))
                for epoch, (base, beside) in self.offers.items()
            },
        )
        decision = decide_hello(hello, position, self.hash_at, self.holder_of)
        if decision.is_offer:
            self.parents.setdefault(decision.epoch, decision.parent)
            self.offers.setdefault(decision.epoch, (decision.accepted, (self.epoch, self.accepted)))
        elif decision.epoch > self.epoch and decision.action is Action.NEW_EPOCH:
            self.install_id = hello.install_id
            self.parents[decision.epoch] = decision.parent
            self.begin(decision.epoch, decision.accepted)
        return HelloAnswer(
            action=decision.action,
            accepted_seq=decision.accepted.seq,
            accepted_hash=decision.accepted.hash,
            epoch=decision.epoch,
            hq_epoch=self.hq_epoch,
            limits=BatchLimits(events=500, bytes=MAX_SEQ),
            server_time=0,
        )

    def begin(self, epoch: int, base: Point) -> None:
        self.epoch, self.accepted = epoch, base
        self.bases[epoch] = base
        assert self.hash_at(base.seq) == base.hash

    def receive(self, epoch: int, after: Point, events: list[Point]) -> bool:
        """Take a batch that follows; False for one that does not fit, as the real HQ's 409."""
        if self.offers.get(epoch) == (after, (self.epoch, self.accepted)) and epoch > self.epoch:
            del self.offers[epoch]
            self.begin(epoch, after)
        if epoch != self.epoch or after.seq > self.accepted.seq:
            return False
        if self.hash_at(after.seq) != after.hash:
            return False
        held = [event for event in events if event.seq <= self.accepted.seq]
        if any(self.hash_at(event.seq) != event.hash for event in held):
            return False
        for event in events[len(held) :]:
            assert (epoch, event.seq) not in self.rows, "a row is written once"
            self.rows[epoch, event.seq] = self.accepted = event
        return True


class SyncMachine(RuleBasedStateMachine):
    """One store's disk, its copies, and HQ."""

    snapshots = Bundle("snapshots")
    late = Bundle("late")

    @initialize()
    def begin(self) -> None:
        self.hq = HeadOffice()
        self.backup = deepcopy(self.hq)
        self.disk = Disk()
        self.acknowledged: dict[tuple[str, int, int], str] = {}
        self.marks = 0

    # The store's days

    @rule(count=st.integers(1, 3))
    def sell_cut_off(self, count: int) -> None:
        for _ in range(count):
            self.marks += 1
            self.disk.append(self.marks)

    @rule(count=st.integers(1, 3), most=st.integers(1, 4), drops=drops)
    def sell_online(self, count: int, most: int, drops: set[int]) -> None:
        """Greet and send; the answers whose turn is in `drops` are lost."""
        self.sell_cut_off(count)
        if self.greet(self.disk, drops):
            self.send(self.disk, most, lost=3 in drops)

    @rule(target=snapshots)
    def take_snapshot(self) -> Disk:
        return deepcopy(self.disk)

    @rule(snapshot=snapshots)
    def set_the_disk_back(self, snapshot: Disk) -> None:
        self.disk = deepcopy(snapshot)

    # The line's

    @rule(target=late)
    def delay_a_hello(self) -> Hello:
        return greeting(self.disk.position(), trail=(), app_version="1", clock=0)

    @rule(target=late)
    def delay_a_trail(self) -> Hello:
        trail = self.disk.trail()
        return greeting(self.disk.position(), trail=trail, app_version="1", clock=0)

    @rule(hello=late)
    def a_late_hello_arrives(self, hello: Hello) -> None:
        self.hq.greet(hello)

    # HQ's

    @rule()
    def hq_backs_up(self) -> None:
        self.backup = deepcopy(self.hq)

    @rule()
    def hq_is_restored(self) -> None:
        restored = deepcopy(self.backup)
        restored.hq_epoch = f"hq-{int(self.hq.hq_epoch[3:]) + 1}"
        self.hq = restored
        self.acknowledged = {
            key: held for key, held in self.acknowledged.items() if key[1:] in restored.rows
        }

    # What must hold

    @invariant()
    def what_hq_acknowledged_it_holds_unchanged(self) -> None:
        for (_, epoch, seq), digest in self.acknowledged.items():
            assert self.hq.rows[epoch, seq].hash == digest

    def teardown(self) -> None:
        """The store that is left over syncs in the end, without help."""
        if not hasattr(self, "hq"):
            return
        before = len(self.disk.journal)
        for _ in range(3):
            if self.greet(self.disk, set()):
                self.send(self.disk, len(self.disk.journal), lost=False)
        if not self.overtaken:
            assert [self.hq.hash_at(p.seq) for p in self.disk.journal] == [
                p.hash for p in self.disk.journal
            ]
            assert self.disk.acked == self.disk.journal[-1]
        assert len(self.disk.journal) == before

    @property
    def overtaken(self) -> bool:
        """An older copy of the disk, whose newer self has sent in a newer epoch: only people can
        say which is right."""
        return self.disk.epoch < self.hq.epoch and self.hq.accepted != self.hq.bases[self.hq.epoch]

    def greet(self, disk: Disk, drops: set[int]) -> bool:
        """Say hello as the uploader does; tell whether HQ lets the store send."""
        trail: tuple[Point, ...] = ()
        for turn in range(MAX_HELLOS):
            position = disk.position()
            answer = self.hq.greet(greeting(position, trail=trail, app_version="1", clock=0))
            if turn in drops:
                return False
            try:
                step = next_step(
                    answer,
                    position,
                    own_hash=disk.hash_at(answer.accepted_seq),
                    trail_sent=bool(trail),
                )
            except FencedError:
                assert self.overtaken, "only an overtaken copy is fenced"
                return False
            if isinstance(step, Send | EnterEpoch):
                disk.epoch, disk.acked = answer.epoch, step.accepted
                disk.hq_epoch = answer.hq_epoch
                return True
            if isinstance(step, ForgetCursor):
                disk.hq_epoch = step.hq_epoch
            else:
                trail = disk.trail()
        raise AssertionError(f"{MAX_HELLOS} hellos in a row")

    def send(self, disk: Disk, most: int, *, lost: bool) -> None:
        events = disk.journal[disk.acked.seq + 1 :][:most]
        if events and self.hq.receive(disk.epoch, disk.acked, events) and not lost:
            disk.acked = events[-1]
            for event in events:
                self.acknowledged[self.hq.hq_epoch, disk.epoch, event.seq] = event.hash


SyncMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestNothingIsLostWhateverIsSetBackOrLate = SyncMachine.TestCase
