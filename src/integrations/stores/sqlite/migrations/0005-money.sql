-- What a row of usage says of teams, tags and media, and what a broken answer cost without being charged.
ALTER TABLE usage_event ADD COLUMN team_id TEXT;
ALTER TABLE usage_event ADD COLUMN tags TEXT;
ALTER TABLE usage_event ADD COLUMN audio_input_tokens INTEGER CHECK (audio_input_tokens >= 0);
ALTER TABLE usage_event ADD COLUMN image_input_tokens INTEGER CHECK (image_input_tokens >= 0);
ALTER TABLE usage_event ADD COLUMN audio_output_tokens INTEGER CHECK (audio_output_tokens >= 0);
ALTER TABLE usage_event ADD COLUMN overhead_nanos INTEGER;

-- Double entry: each transfer adds the same amount to the debits of one account and to the credits of another. A sum
-- that leaves 64 bits would become a REAL, which a STRICT column refuses.
CREATE TABLE account (
  id           INTEGER PRIMARY KEY,
  kind         TEXT NOT NULL,
  owner        TEXT NOT NULL,
  debit_nanos  INTEGER NOT NULL DEFAULT 0 CHECK (debit_nanos >= 0),
  credit_nanos INTEGER NOT NULL DEFAULT 0 CHECK (credit_nanos >= 0),
  UNIQUE (kind, owner),
  CHECK (kind = 'usage' OR kind = 'provider_payable' OR kind = 'exchange_receivable' OR kind = 'exchange_payable'
         OR kind = 'supply' OR kind = 'adjustment')
) STRICT;

-- Numbered from 1 without gaps, in a chain of hashes of its own. Mistakes are reversed by another transfer.
CREATE TABLE transfer (
  seq           INTEGER PRIMARY KEY CHECK (seq > 0),
  node_id       TEXT NOT NULL,
  at            INTEGER NOT NULL,
  debit_kind    TEXT NOT NULL,
  debit_owner   TEXT NOT NULL,
  credit_kind   TEXT NOT NULL,
  credit_owner  TEXT NOT NULL,
  amount_nanos  INTEGER NOT NULL CHECK (amount_nanos > 0),
  kind          TEXT NOT NULL CHECK (kind = 'usage' OR kind = 'supply' OR kind = 'adjustment' OR kind = 'reversal'),
  ref           TEXT NOT NULL,
  price_version TEXT,
  prev_hash     BLOB NOT NULL CHECK (length(prev_hash) = 32),
  hash          BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER transfer_never_updated BEFORE UPDATE ON transfer
BEGIN
  SELECT RAISE(ABORT, 'transfer is append-only');
END;

CREATE TRIGGER transfer_never_deleted BEFORE DELETE ON transfer
BEGIN
  SELECT RAISE(ABORT, 'transfer is append-only');
END;

CREATE TABLE budget (
  id          TEXT PRIMARY KEY,
  scope       TEXT NOT NULL,
  scope_id    TEXT NOT NULL CHECK (scope_id <> ''),
  window      TEXT NOT NULL CHECK (window = 'day' OR window = 'month' OR window = 'total'),
  mode        TEXT NOT NULL CHECK (mode IN ('hard', 'soft')),
  limit_nanos INTEGER NOT NULL CHECK (limit_nanos >= 0),
  created_at  INTEGER NOT NULL,
  UNIQUE (scope, scope_id, window),
  CHECK (scope = 'org' OR scope = 'team' OR scope = 'user' OR scope = 'key' OR scope = 'tag')
) STRICT;

-- One window of a budget, from `start_at` (0 for `total`). Limit and mode are those that held in it last, kept here for the
-- last line of defence: a hard budget never takes more than its limit, but for what is known to have gone beyond it.
CREATE TABLE budget_period (
  budget_id      TEXT NOT NULL REFERENCES budget (id) ON DELETE CASCADE,
  start_at       INTEGER NOT NULL,
  mode           TEXT NOT NULL CHECK (mode IN ('hard', 'soft')),
  limit_nanos    INTEGER NOT NULL,
  spent_nanos    INTEGER NOT NULL DEFAULT 0,
  reserved_nanos INTEGER NOT NULL DEFAULT 0 CHECK (reserved_nanos >= 0),
  overrun_nanos  INTEGER NOT NULL DEFAULT 0 CHECK (overrun_nanos >= 0),
  PRIMARY KEY (budget_id, start_at),
  CHECK (mode = 'soft' OR spent_nanos + reserved_nanos <= limit_nanos + overrun_nanos)
) STRICT, WITHOUT ROWID;

-- What is held for calls under way. A settled one is deleted, its row of usage tells of it; a released one stays, so that a
-- late copy of it holds nothing.
CREATE TABLE reservation (
  request_id   TEXT PRIMARY KEY,
  state        TEXT NOT NULL CHECK (state IN ('reserved', 'released')),
  amount_nanos INTEGER NOT NULL CHECK (amount_nanos >= 0),
  postings     TEXT NOT NULL CHECK (json_valid(postings)),
  draft        TEXT NOT NULL CHECK (json_valid(draft)),
  checkpointed INTEGER NOT NULL DEFAULT 0 CHECK (checkpointed IN (0, 1)),
  at           INTEGER NOT NULL
) STRICT;
