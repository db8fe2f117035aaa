-- Settings and versions that are handed to a share of the stores at a time.

CREATE TABLE rollout (
    rollout bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    settings text NOT NULL DEFAULT '',
    version text NOT NULL DEFAULT '',
    percent integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
    stop_percent integer NOT NULL CHECK (stop_percent BETWEEN 1 AND 100),
    state text NOT NULL DEFAULT 'running'
        CHECK (state IN ('running', 'paused', 'stopped', 'undone')),
    why text NOT NULL DEFAULT '',
    created_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    CHECK ((settings = '') <> (version = ''))
);
COMMENT ON COLUMN rollout.settings IS 'Canonical JSON of sync.protocol.rollouts.StagedSettings.';

CREATE TABLE store_rollout (
    store text NOT NULL,
    rollout bigint NOT NULL,
    offered_at bigint NOT NULL,
    parked_before bigint NOT NULL,
    state text NOT NULL DEFAULT 'offered',
    told_at bigint,
    PRIMARY KEY (store, rollout)
);
CREATE INDEX store_rollout_by_rollout ON store_rollout (rollout, store);
COMMENT ON COLUMN store_rollout.state IS
    'offered; withdrawn; rolled_back: it ran the version, and now runs another; else as the store told.';
COMMENT ON COLUMN store_rollout.parked_before IS
    'Changes that the store could not read when it was offered: more are counted as trouble.';

ALTER TABLE store_contact ADD COLUMN settings_digest text NOT NULL DEFAULT '';

-- Stores that a rollout may have harmed, and why; see sync/hq/rollouts/watch.py.
CREATE VIEW rollout_trouble AS
SELECT r.store, r.rollout, CASE
    WHEN r.state IN ('failed', 'rolled_back', 'hindered') THEN r.state
    WHEN EXISTS (SELECT FROM parked_change p
        WHERE p.store = r.store AND p.entity = 'rollout' AND p.key = r.rollout::text) THEN 'unread'
    WHEN r.told_at IS NOT NULL AND c.parked_changes > r.parked_before THEN 'parked'
    ELSE 'silent' END AS why
FROM store_rollout r JOIN store_contact c USING (store)
WHERE r.state <> 'withdrawn' AND (
    r.state IN ('failed', 'rolled_back', 'hindered')
    OR EXISTS (SELECT FROM parked_change p
        WHERE p.store = r.store AND p.entity = 'rollout' AND p.key = r.rollout::text)
    OR (r.told_at IS NOT NULL AND c.parked_changes > r.parked_before)
    OR (r.told_at IS NOT NULL AND c.last_contact < (
        SELECT max(last_contact) FROM store_contact) - 86400000));
COMMENT ON VIEW rollout_trouble IS
    'silent: it took the rollout and was not heard for a day, while others were.';
