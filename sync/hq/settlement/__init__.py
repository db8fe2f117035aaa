"""Settlement: what received events do beyond their store, to coupons and members of the chain."""
