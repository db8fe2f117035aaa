-- Who may speak for a store: the keys of its installations, the codes by which one is enrolled, and
-- the requests that changed something, so that none does so twice.

CREATE TABLE store_key (
    store text NOT NULL,
    install_id text NOT NULL UNIQUE,
    public_key bytea NOT NULL CHECK (length(public_key) = 32),
    enrolled_at bigint NOT NULL,
    ended_at bigint,
    why_ended text,
    PRIMARY KEY (store, install_id)
);
COMMENT ON COLUMN store_key.why_ended IS
    'replaced: another machine was enrolled for the store; revoked: head office took it back.';

CREATE TABLE enrolment_code (
    code_hash bytea PRIMARY KEY,
    store text NOT NULL,
    root_key text NOT NULL,
    made_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at bigint,
    install_id text
);
COMMENT ON COLUMN enrolment_code.code_hash IS 'SHA-256 of the code; the code itself is not kept.';
CREATE INDEX enrolment_code_of_store ON enrolment_code (store);

CREATE TABLE request_nonce (
    store text NOT NULL,
    created bigint NOT NULL,
    nonce text NOT NULL,
    PRIMARY KEY (store, created, nonce)
);
COMMENT ON TABLE request_nonce IS
    'Signed requests that changed something, while their time is in the window: none counts twice.';

CREATE TABLE answer_key (
    kid text PRIMARY KEY,
    public_key text NOT NULL,
    not_before bigint NOT NULL,
    not_after bigint NOT NULL,
    revoked boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE answer_key IS
    'Keys by which the servers sign their answers; the key set, signed by the root, vouches for them.';

ALTER TABLE store DROP COLUMN key_hash;
