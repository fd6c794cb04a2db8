CREATE TABLE user (
  id         TEXT PRIMARY KEY,
  tenant_id  TEXT NOT NULL,
  email      TEXT NOT NULL,
  email_key  TEXT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL CHECK (role IN ('root_admin', 'gateway_admin', 'gateway_user')),
  status     TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
  created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX idx_user_name ON user (name);

CREATE TABLE api_key (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES user (id),
  tenant_id  TEXT NOT NULL,
  name       TEXT NOT NULL,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  hash_alg   TEXT NOT NULL,
  pepper_id  TEXT NOT NULL,
  prefix     TEXT NOT NULL,
  scopes     TEXT NOT NULL CHECK (json_valid(scopes)),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE INDEX idx_api_key_user ON api_key (user_id);
