"""Coupons: tokens, campaigns, decisions, redemptions and hand-outs."""
