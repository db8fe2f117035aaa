"""What the cashier reads: one sentence a reason, in both languages, in the store's time."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.domain.barcodes.measure import Fault
from agent.domain.barcodes.scale_label import Misread
from agent.domain.outcome import Outcome, Reason, sentence, template
from agent.domain.trust.policy import Limits

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YEAR = 1_798_732_800_000
"""2027-01-01 00:00 in Shanghai, when it is 16:00 of the old year in Greenwich."""


@pytest.mark.parametrize(
    ("outcome", "reason", "detail", "zh_cn", "en"),
    [
        (Outcome.ACCEPTED, None, {}, "可用。", "Good to use."),
        (
            Outcome.REFUSED,
            Reason.EXPIRED,
            {"at": NEW_YEAR},
            "此券已于 2027-01-01 00:00 过期。",
            "This coupon expired at 2027-01-01 00:00.",
        ),
        (
            Outcome.REFUSED,
            Reason.MIN_SPEND_NOT_MET,
            {"min_yuan": "30.00", "short_yuan": "0.50"},
            "需消费满 30.00 元，还差 0.50 元。",
            "Spend at least 30.00 yuan; 0.50 yuan short.",
        ),
    ],
)
def test_a_sentence(
    outcome: Outcome, reason: Reason | None, detail: dict[str, Any], zh_cn: str, en: str
) -> None:
    words = sentence(outcome, reason, detail, zone=SHANGHAI)
    assert (words.zh_cn, words.en) == (zh_cn, en)


def test_a_supervisor_is_asked_for_and_told_the_limit() -> None:
    detail = {"limit": "soft_contact_age_ms"}
    words = sentence(Outcome.NEEDS_SUPERVISOR, Reason.LIMIT_REACHED, detail, zone=UTC)
    assert words.zh_cn == "请主管批准：断网核销额度已到（断网时长），联网后再试。"
    assert words.en.startswith("Supervisor needed: The offline limit is reached (time without")


@pytest.mark.parametrize(
    ("outcome", "reason", "detail"),
    [
        (Outcome.NEEDS_ONLINE, Reason.CLASS_NEEDS_ONLINE, {}),
        (Outcome.REFUSED, Reason.NEEDS_UPDATE, {}),
        (Outcome.REFUSED, Reason.LIMIT_REACHED, {"limit": "per_redemption_fen"}),
    ],
)
def test_nobody_is_sent_to_the_line_for_what_the_line_does_not_bring(
    outcome: Outcome, reason: Reason, detail: dict[str, Any]
) -> None:
    words = sentence(outcome, reason, detail, zone=UTC)
    assert "联网" not in words.zh_cn
    assert "online" not in words.en


def test_a_campaign_that_has_not_come_yet_may_come_on_a_line_that_is_up() -> None:
    words = sentence(Outcome.NEEDS_ONLINE, Reason.UNKNOWN_CAMPAIGN, {}, zone=UTC)
    assert "请稍后再试" in words.zh_cn
    assert "in a minute" in words.en


def test_certain_and_at_risk_do_not_read_the_same() -> None:
    certain = sentence(Outcome.ACCEPTED, None, {}, zone=UTC)
    for reason in (Reason.CHAIN_WIDE, Reason.REVOCATIONS_STALE):
        at_risk = sentence(Outcome.ACCEPTED_AT_RISK, reason, {}, zone=UTC)
        assert at_risk.zh_cn != certain.zh_cn
        assert at_risk.en != certain.en
        assert at_risk.zh_cn == "已接受，待总部确认。"
        assert at_risk.en == "Accepted; head office has yet to confirm."


def test_a_sentence_that_is_also_said_online_does_not_say_that_the_line_is_down() -> None:
    for reason in (Reason.CHAIN_WIDE, Reason.REVOCATIONS_STALE):
        at_risk = sentence(Outcome.ACCEPTED_AT_RISK, reason, {}, zone=UTC)
        assert "断网" not in at_risk.zh_cn
        assert "offline" not in at_risk.en


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (-1, "1970-01-01"),
        (-(2**53), "1970-01-01"),
        (253_402_300_799_000, "9999-12-30"),
        (2**53, "9999-12-30"),
        (10**30, "9999-12-30"),
    ],
)
def test_an_instant_that_no_calendar_holds_is_said_as_its_nearest_date(at: int, said: str) -> None:
    words = sentence(Outcome.REFUSED, Reason.EXPIRED, {"at": at}, zone=UTC)
    assert f"expired at {said}" in words.en


def test_words_of_another_system_are_said_as_they_are() -> None:
    detail = {"at": 0, "where": "{store}", "receipt": "hq %s {at!r}", "known_by": "hq"}
    words = sentence(Outcome.REFUSED, Reason.ALREADY_USED, detail, zone=UTC)
    assert "{store}, receipt hq %s {at!r} (head office's record)" in words.en


@pytest.mark.parametrize(("known_by", "zh_cn"), [("store", "本店记录"), ("hq", "总部记录")])
def test_who_knows_of_the_use_is_said_in_words(known_by: str, zh_cn: str) -> None:
    detail = {"at": 0, "where": "MB002 T1", "receipt": "R7", "known_by": known_by}
    words = sentence(Outcome.REFUSED, Reason.ALREADY_USED, detail, zone=UTC)
    assert words.zh_cn == f"此券已使用：1970-01-01 00:00，MB002 T1，小票 R7（{zh_cn}）。"


def test_every_limit_has_its_words() -> None:
    said = set()
    limits = set(Limits.__struct_fields__)
    for limit in limits:
        words = sentence(Outcome.REFUSED, Reason.LIMIT_REACHED, {"limit": limit}, zone=UTC)
        assert limit not in words.zh_cn + words.en
        said.add(words.zh_cn)
    assert len(said) == 5, "soft and hard are the same limit to a cashier"


@pytest.mark.parametrize("fault", [*Fault, *Misread, "case", "measured_pack"])
def test_every_fault_of_a_bar_code_has_its_words(fault: str) -> None:
    gaps = {"article": "A", "fault": fault, "packaging": fault, "gtin": "1", "format": "22"}
    for reason in (Reason.MEASURE_UNUSABLE, Reason.SCALE_LABEL_MISREAD, Reason.NOT_THE_PIECE):
        words = sentence(Outcome.REFUSED, reason, gaps, zone=UTC)
        assert words.zh_cn != template(reason).zh_cn.format_map(gaps)
        assert words.en != template(reason).en.format_map(gaps)


def test_reasons_are_spelt_for_good() -> None:
    assert [str(reason) for reason in Reason] == [
        *("unknown_code", "damaged_code", "bad_signature", "unknown_key"),
        *("not_a_coupon", "payment_code"),
        *("foreign_coupon", "add_on_alone", "several_articles", "not_the_piece"),
        *("measure_unusable", "past_its_date"),
        *("scale_label_not_set", "scale_label_misread", "scale_label_article"),
        *("wrong_store", "not_yet_valid", "expired", "revoked", "already_used"),
        *("unknown_campaign", "needs_update", "campaign_not_started", "campaign_ended"),
        *("member_required", "not_this_member", "min_spend_not_met", "no_matching_item"),
        *("gift_not_in_basket", "set_incomplete", "nothing_off"),
        *("pieces_missing", "not_stackable", "better_without", "needs_other_coupon"),
        *("not_at_this_time", "not_for_this_channel", "not_in_this_store", "not_for_this_member"),
        *("used_often_enough", "coupon_limit", "limit_reached", "class_needs_online"),
        *("chain_wide", "claimed", "claimed_when_used", "claimed_elsewhere"),
        *("revocations_stale", "feed_incomplete", "article_withdrawn"),
    ]
