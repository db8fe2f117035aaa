-- Whose turn it is to be settled: a count, for a clock that was ahead once would let a store wait.
CREATE SEQUENCE settlement_turn;
ALTER TABLE store_settlement ADD COLUMN turn bigint NOT NULL DEFAULT 0;
