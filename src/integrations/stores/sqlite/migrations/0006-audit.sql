-- What was done, or refused, to what the gateway is run with. `seq` counts from 1 without gaps and `at` never falls along
-- it; `details` is JSON without e-mails, names of people or secrets, so that nobody ever has to change a row.
CREATE TABLE audit (
  seq           INTEGER PRIMARY KEY CHECK (seq > 0),
  at            INTEGER NOT NULL,
  actor_kind    TEXT NOT NULL,
  actor_user_id TEXT,
  actor_key_id  TEXT,
  action        TEXT NOT NULL,
  outcome       TEXT NOT NULL CHECK (outcome = 'done' OR outcome = 'refused'),
  target_kind   TEXT NOT NULL,
  target_id     TEXT NOT NULL,
  details       TEXT NOT NULL CHECK (json_valid(details)),
  request_id    TEXT,
  prev_hash     BLOB NOT NULL CHECK (length(prev_hash) = 32),
  hash          BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX idx_audit_at ON audit (at);
CREATE INDEX idx_audit_action ON audit (action);
CREATE INDEX idx_audit_target ON audit (target_id);
CREATE INDEX idx_audit_actor_user ON audit (actor_user_id) WHERE actor_user_id IS NOT NULL;
CREATE INDEX idx_audit_actor_key ON audit (actor_key_id) WHERE actor_key_id IS NOT NULL;

CREATE TRIGGER audit_never_updated BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;

CREATE TRIGGER audit_never_deleted BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;

-- A replacing insert fires no trigger of DELETE.
CREATE TRIGGER audit_never_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq)
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;
