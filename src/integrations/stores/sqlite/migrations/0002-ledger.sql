-- The identity of this database in the ledger's chain: one row, written once.
CREATE TABLE node (
  only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
  id         TEXT NOT NULL CHECK (id <> ''),
  created_at INTEGER NOT NULL
) STRICT;

-- `seq` counts the rows of this node from 1 without gaps, and `at` never falls along it: a report finds its first row
-- by halving, so that `at` needs no index that every row would pay for.
-- Money in signed nano-dollars, times in milliseconds since the epoch (UTC), durations in milliseconds.
-- Vocabularies that will grow (operation, protocol, error_code) are open, the others are checked.
-- Checks are spelled with OR: an IN list of three or more builds a table for every row, which costs more than the insert.
CREATE TABLE usage_event (
  seq                 INTEGER PRIMARY KEY CHECK (seq > 0),
  node_id             TEXT NOT NULL,
  request_id          TEXT NOT NULL UNIQUE,
  at                  INTEGER NOT NULL,
  tenant_id           TEXT NOT NULL,
  user_id             TEXT,
  key_id              TEXT,
  direction           TEXT NOT NULL CHECK (direction IN ('consume', 'supply')),
  operation           TEXT NOT NULL,
  protocol            TEXT NOT NULL,
  provider            TEXT,
  requested_model     TEXT NOT NULL,
  model               TEXT,
  response_model      TEXT,
  stream              INTEGER NOT NULL CHECK (stream IN (0, 1)),
  outcome             TEXT NOT NULL CHECK (outcome = 'finished' OR outcome = 'failed' OR outcome = 'aborted'),
  error_code          TEXT,
  http_status         INTEGER NOT NULL,
  input_tokens        INTEGER CHECK (input_tokens >= 0),
  cached_tokens       INTEGER CHECK (cached_tokens >= 0),
  cache_write_tokens  INTEGER CHECK (cache_write_tokens >= 0),
  output_tokens       INTEGER CHECK (output_tokens >= 0),
  reasoning_tokens    INTEGER CHECK (reasoning_tokens >= 0),
  usage_source        TEXT NOT NULL,
  cost_nanos          INTEGER,
  price_version       TEXT,
  latency_ms          REAL NOT NULL,
  first_token_ms      REAL,
  queue_ms            REAL NOT NULL,
  attempts            INTEGER NOT NULL CHECK (attempts >= 0),
  upstream_request_id TEXT,
  prev_hash           BLOB NOT NULL CHECK (length(prev_hash) = 32),
  hash                BLOB NOT NULL CHECK (length(hash) = 32),
  CHECK (usage_source = 'upstream' OR usage_source = 'counted' OR usage_source = 'estimated' OR usage_source = 'none'),
  CHECK ((cost_nanos IS NULL) = (price_version IS NULL))
) STRICT;

CREATE TRIGGER usage_event_never_updated BEFORE UPDATE ON usage_event
BEGIN
  SELECT RAISE(ABORT, 'usage_event is append-only');
END;

CREATE TRIGGER usage_event_never_deleted BEFORE DELETE ON usage_event
BEGIN
  SELECT RAISE(ABORT, 'usage_event is append-only');
END;
