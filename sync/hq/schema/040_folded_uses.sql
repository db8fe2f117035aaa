-- A store that uses a coupon again and again has one case for it, not one for each time.
ALTER TABLE coupon_use ADD COLUMN folded_into text;
COMMENT ON COLUMN coupon_use.folded_into IS
    'The case by which its store had lost the coupon already; the use is judged anew if that closes.';
