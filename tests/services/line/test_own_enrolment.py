"""What head office signed counts from the first start on, and outlives the database."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Millis, SystemClock
from agent.domain.trust.document import DocumentKind, sign_document
from agent.domain.trust.keys import KeySet, SigningKey, kid_of
from agent.domain.trust.policy import CAUTIOUS, Policy
from agent.enrolled import Enrolled
from agent.opening import make_state_dir, open_desk
from agent.services.desk.store_desk import StoreDesk
from agent.settings import HqSection, PathsSection, Settings, StoreSection
from agent.store import trust
from sync.enrolment_file import Enrolment, read_enrolment
from tests.lab.enrolling import keep, of_nobody

STORE = "MB001"
ROOT, TOKENS, STRANGER = (Ed25519PrivateKey.generate() for _ in range(3))
KID = kid_of(TOKENS.public_key().public_bytes_raw())


def policy(version: int, *, max_coupons: int = 1, root: Ed25519PrivateKey = ROOT) -> bytes:
    return sign_document(Policy(version=version, max_coupons=max_coupons), root=root)


def key_set(version: int, *, revoked: bool = False) -> bytes:
    key = SigningKey(
        kid=KID.hex(),
        public_key=TOKENS.public_key().public_bytes_raw().hex(),
        not_before=Millis(0),
        not_after=Millis(2**50),
        revoked=revoked,
    )
    return sign_document(KeySet(version=version, keys=(key,)), root=ROOT)


class Pc:
    """A PC that was enrolled, and has heard nothing more of head office."""

    def __init__(self, state_dir: Path) -> None:
        self.settings = Settings(
            store=StoreSection(code=STORE),
            paths=PathsSection(state_dir=str(state_dir)),
            hq=HqSection(urls=("http://127.0.0.1:9",)),
        )
        self.state_dir = make_state_dir(self.settings)
        self.enrolled(policy=policy(3), key_set=key_set(3))

    def enrolled(self, **documents: bytes) -> None:
        told = of_nobody(STORE, root_key=ROOT.public_key().public_bytes_raw().hex())
        texts = {name: document.hex() for name, document in documents.items()}
        keep(msgspec.structs.replace(told, **texts), self.state_dir)

    @property
    def file(self) -> Enrolment:
        found = read_enrolment(self.state_dir)
        assert found is not None
        return found

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[StoreDesk]:
        async with AsyncExitStack() as stack:
            clock = SystemClock()
            yield await open_desk(self.settings, self.state_dir, clock=clock, stack=stack)

    async def hears(self, desk: StoreDesk, kind: DocumentKind, version: int, data: bytes) -> None:
        """Let the feed bring a document."""
        await desk.database.write(lambda db: trust.put_document(db, kind, version, data))
        await desk.database.read(desk.trust.load)
        Enrolled(self.settings, self.file, clock=SystemClock()).keep(desk.trust.documents)


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(tmp_path / "state")


async def test_what_was_told_at_enrolment_counts_before_the_first_feed(pc: Pc) -> None:
    async with pc.desk() as desk:
        assert desk.trust.policy.max_coupons == 1
        assert desk.trust.keys.find(KID, Millis(1)) is not None


async def test_what_the_root_did_not_sign_does_not(pc: Pc) -> None:
    pc.enrolled(policy=policy(3, root=STRANGER), key_set=b"\xff")
    async with pc.desk() as desk:
        assert desk.trust.policy == CAUTIOUS
        assert desk.trust.keys.find(KID, Millis(1)) is None


async def test_what_was_told_since_outlives_the_database(pc: Pc) -> None:
    async with pc.desk() as desk:
        await pc.hears(desk, DocumentKind.POLICY, 4, policy(4, max_coupons=0))
        await pc.hears(desk, DocumentKind.KEY_SET, 4, key_set(4, revoked=True))
    for file in pc.state_dir.glob("store*"):
        file.unlink()

    async with pc.desk() as desk:
        assert desk.trust.policy.max_coupons == 0, "the first edition was looser"
        assert desk.trust.keys.find(KID, Millis(1)) is None, "the key was revoked since"


async def test_a_database_that_was_set_back_is_as_careful_as_it_was_last_told(pc: Pc) -> None:
    async with pc.desk() as desk:
        assert desk.trust.policy.version == 3
    pc.enrolled(policy=policy(4, max_coupons=0), key_set=key_set(4, revoked=True))

    async with pc.desk() as desk:
        assert (desk.trust.policy.version, desk.trust.policy.max_coupons) == (4, 0)
        assert desk.trust.keys.find(KID, Millis(1)) is None


async def test_an_older_edition_of_enrolment_changes_nothing(pc: Pc) -> None:
    async with pc.desk() as desk:
        await desk.database.write(
            lambda db: trust.put_document(db, DocumentKind.POLICY, 9, policy(9, max_coupons=2))
        )
    async with pc.desk() as desk:
        assert desk.trust.policy.version == 9
        await desk.database.write(trust.expect_again)
    async with pc.desk() as desk:
        assert desk.trust.policy.version == 9, "head office itself tells it again"
        assert await desk.database.read(lambda db: trust.held_version(db, DocumentKind.POLICY)) == 0
