-- By which keys a store's Z reports are signed: each is told when its machine is enrolled.
CREATE TABLE closing_key (
    store text NOT NULL,
    public_key text NOT NULL,
    install_id text NOT NULL,
    since bigint NOT NULL,
    how text NOT NULL,
    PRIMARY KEY (store, public_key)
);
COMMENT ON COLUMN closing_key.install_id IS 'Whose key it is; empty: not known. A machine has one.';
COMMENT ON COLUMN closing_key.how IS
    'enrolled: told at enrolment; first_heard: of a machine that was enrolled without; accepted: by people; before: had signed before this was looked at.';
INSERT INTO closing_key (store, public_key, install_id, since, how)
SELECT store, lower(signer), '', min(closed_at), 'before' FROM closing GROUP BY store, lower(signer);
