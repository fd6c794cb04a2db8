-- Calls that their callers made under an idempotency key, by an HMAC of caller and key. An answer is sealed with a key that
-- lies outside the database. `begun` of a process that is gone means that nobody knows how the call ended.
CREATE TABLE idempotent_call (
  id          BLOB PRIMARY KEY CHECK (length(id) = 32),
  fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
  state       TEXT NOT NULL CHECK (state IN ('begun', 'answered', 'not_kept')),
  answer      BLOB CHECK ((answer IS NOT NULL) = (state = 'answered')),
  expires_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX idx_idempotent_call_expires ON idempotent_call (expires_at);
