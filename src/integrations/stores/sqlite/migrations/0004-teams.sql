-- An erased user keeps the bare id that the books name; e-mail and name are gone, and nothing finds it any more.
ALTER TABLE user ADD COLUMN erased_at INTEGER;

CREATE INDEX idx_user_created ON user (created_at, id);
CREATE INDEX idx_user_role ON user (role, status);

-- `key_policy`: what the team's new keys start from, as JSON of `KeyPolicy`.
CREATE TABLE team (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  name_key   TEXT NOT NULL UNIQUE,
  key_policy TEXT CHECK (json_valid(key_policy)),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE membership (
  team_id  TEXT NOT NULL REFERENCES team (id),
  user_id  TEXT NOT NULL REFERENCES user (id),
  role     TEXT NOT NULL CHECK (role = 'admin' OR role = 'member'),
  added_at INTEGER NOT NULL,
  PRIMARY KEY (team_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_membership_user ON membership (user_id);

-- No reference to the team: a key outlives it, revoked, as the books name it.
ALTER TABLE api_key ADD COLUMN team_id TEXT;
ALTER TABLE api_key ADD COLUMN parent_id TEXT;
ALTER TABLE api_key ADD COLUMN labels TEXT CHECK (json_valid(labels));
ALTER TABLE api_key ADD COLUMN addresses TEXT CHECK (json_valid(addresses));
ALTER TABLE api_key ADD COLUMN last_used_at INTEGER;

-- Pages of keys are read in order of creation, whatever they are filtered by.
DROP INDEX idx_api_key_user;
CREATE INDEX idx_api_key_user ON api_key (user_id, created_at, id);
CREATE INDEX idx_api_key_team ON api_key (team_id, created_at, id) WHERE team_id IS NOT NULL;
CREATE INDEX idx_api_key_created ON api_key (created_at, id);
CREATE INDEX idx_api_key_parent ON api_key (parent_id) WHERE parent_id IS NOT NULL;
-- Keys that were not made here: their text has another form.
CREATE INDEX idx_api_key_foreign ON api_key (id) WHERE substr(prefix, 1, 4) <> 'tok_';

-- The labels of `api_key.labels` again, to find keys by.
CREATE TABLE key_label (
  label  TEXT NOT NULL,
  key_id TEXT NOT NULL REFERENCES api_key (id),
  PRIMARY KEY (label, key_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_key_label_key ON key_label (key_id);

-- Secrets that a key was rotated from and that still work until `valid_until`.
CREATE TABLE key_token (
  token_hash  BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
  key_id      TEXT NOT NULL REFERENCES api_key (id),
  hash_alg    TEXT NOT NULL,
  pepper_id   TEXT NOT NULL,
  valid_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_key_token_key ON key_token (key_id);
