-- Older versions read on.
-- Which sales used a promotion that is limited per member or day, as far as this store knows.
CREATE TABLE promotion_use (
    promotion TEXT NOT NULL,
    business_date TEXT NOT NULL,
    sale_id TEXT NOT NULL,
    member_id TEXT,
    PRIMARY KEY (promotion, business_date, sale_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX promotion_use_member ON promotion_use (promotion, member_id) WHERE member_id IS NOT NULL;
CREATE INDEX promotion_use_sale ON promotion_use (sale_id);
