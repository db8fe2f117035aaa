ALTER TABLE article ADD COLUMN planned text NOT NULL DEFAULT '';
COMMENT ON COLUMN article.planned IS
    'Prices that begin later, as canonical JSON (agent/domain/selling/prices.py); empty: none.';
