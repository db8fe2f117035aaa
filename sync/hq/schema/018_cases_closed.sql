-- Why people closed a case; null: it is open, or was closed by a reversal.
ALTER TABLE coupon_case ADD COLUMN closed_why text;
