-- What HQ had not heard of a store when an epoch began may be brought in later, with its own times.
ALTER TABLE store_epoch ADD COLUMN heard_until bigint NOT NULL DEFAULT 9223372036854775807;
COMMENT ON COLUMN store_epoch.heard_until IS
    'The newest time that HQ knew of the store when the epoch began: what it recorded from then until '
    'opened_at may have been on the disk that was damaged. Of earlier epochs it is not known.';
