-- Codes that were sent out, each for the browser that asked for it. Only HMACs are kept.
CREATE TABLE login_code (
  challenge_hash BLOB PRIMARY KEY CHECK (length(challenge_hash) = 32),
  user_id        TEXT NOT NULL REFERENCES user (id),
  code_hash      BLOB NOT NULL CHECK (length(code_hash) = 32),
  created_at     INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  tries_left     INTEGER NOT NULL CHECK (tries_left > 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_login_code_user ON login_code (user_id);
CREATE INDEX idx_login_code_expires ON login_code (expires_at);

-- Logins in force, found by the HMAC of their cookie.
CREATE TABLE session (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES user (id),
  token_hash   BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  created_at   INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX idx_session_user ON session (user_id);
CREATE INDEX idx_session_expires ON session (expires_at);

-- Whoever is made inactive, or erased, is logged out by that very change, and stays so when let in again.
CREATE TRIGGER session_ends_with_user AFTER UPDATE OF status ON user WHEN NEW.status = 'inactive'
BEGIN
  DELETE FROM session WHERE user_id = NEW.id;
  DELETE FROM login_code WHERE user_id = NEW.id;
END;
