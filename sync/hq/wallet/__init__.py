"""The wallet: a member's coupons on their phone, bound to a store for some minutes.

A process of its own, `store-hq wallet run`, because it signs: the one that stores sync with holds
no signing key.
"""
