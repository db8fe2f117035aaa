-- A supervisor may approve by a card. Older versions read on.
ALTER TABLE cashier ADD COLUMN card_hash TEXT NOT NULL DEFAULT '';  -- SHA-256 of its code; empty: none
