"""The replay: a file of real coupons redeemed at real tills, and the proof that nothing is lost."""
