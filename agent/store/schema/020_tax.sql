-- Older versions read on.
-- Tax in the price, in 1/10,000 of the price without it (1300 = 13 %); null: not set.
ALTER TABLE article ADD COLUMN tax_bp INTEGER;
