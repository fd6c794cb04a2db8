-- What is settled for a key and what it has used. NULL is nothing settled; a quota of 0 is none. Times in milliseconds
-- since the epoch (UTC): `reset_at` is the end of the day that `current_usage` counts, `month_reset_at` of the month.
CREATE TABLE token_metadata (
  token_hash          BLOB NOT NULL PRIMARY KEY REFERENCES api_key (token_hash),
  hash_alg            TEXT NOT NULL,
  tier                TEXT CHECK (tier IN ('internal', 'partner', 'standard', 'external', 'bulk', 'background')),
  priority            INTEGER CHECK (priority BETWEEN 0 AND 99),
  best_priority       INTEGER CHECK (best_priority BETWEEN 0 AND 99),
  worst_priority      INTEGER CHECK (worst_priority BETWEEN 0 AND 99),
  weight              INTEGER CHECK (weight BETWEEN 1 AND 1000),
  models              TEXT CHECK (json_valid(models)),
  requests_per_minute INTEGER CHECK (requests_per_minute > 0),
  tokens_per_minute   INTEGER CHECK (tokens_per_minute > 0),
  max_concurrent      INTEGER CHECK (max_concurrent > 0),
  quota_mode          TEXT CHECK (quota_mode IN ('hard', 'soft')),
  quota_limit         INTEGER NOT NULL DEFAULT 0 CHECK (quota_limit >= 0),
  current_usage       INTEGER NOT NULL DEFAULT 0,
  reset_at            INTEGER,
  month_quota_limit   INTEGER NOT NULL DEFAULT 0 CHECK (month_quota_limit >= 0),
  month_usage         INTEGER NOT NULL DEFAULT 0,
  month_reset_at      INTEGER,
  created_at          INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL
) STRICT;

CREATE INDEX idx_token_tier ON token_metadata (tier);
CREATE INDEX idx_token_priority ON token_metadata (priority);
