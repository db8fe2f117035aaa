"""Who this machine is to head office, as enrolment left it in the state directory."""

from pathlib import Path

from agent.base.clock import Clock
from agent.base.logging import get_logger
from agent.settings import Settings
from sync.enrolment_file import Enrolment, EnrolmentFileError, read_enrolment
from sync.store_key import AnswerKeys, Credentials, NoKey, StoreKey

log = get_logger(__name__)


def enrolled(settings: Settings) -> Enrolment | None:
    """Return who this machine is to HQ; None if it was not enrolled, or can't tell.

    The tills do not need it, so they open all the same.
    """
    try:
        enrolment = read_enrolment(Path(settings.paths.state_dir))
    except EnrolmentFileError as error:
        log.error("enrolment_unreadable", why=str(error), remedy="store-agent enroll CODE")
        return None
    if enrolment is not None and enrolment.store != settings.store.code:
        why = f"it is of store {enrolment.store}, the settings say {settings.store.code}"
        log.error("enrolment_unreadable", why=why, remedy="store-agent enroll CODE")
        return None
    return enrolment


def credentials(
    enrolment: Enrolment | None, *, clock: Clock, newer: AnswerKeys = dict
) -> Credentials:
    """Return how this machine proves itself; `newer`: HQ's answer keys as the feed tells them."""
    if enrolment is None:
        return NoKey()
    pinned = enrolment.answer_keys()
    return StoreKey(
        enrolment.key,
        install_id=enrolment.install_id,
        answer_keys=lambda: newer() or pinned,
        clock=clock,
    )
