-- Prices set here. A version is one change; it is added and never altered, since rows of the books name it.
-- `prices` is a JSON array, nano-dollars in it as strings of digits.
CREATE TABLE price_version (
  number     INTEGER PRIMARY KEY CHECK (number > 0),
  version    TEXT NOT NULL UNIQUE CHECK (version <> ''),
  created_at INTEGER NOT NULL,
  source     TEXT NOT NULL CHECK (source = 'set' OR source = 'imported' OR source = 'removed'),
  prices     TEXT NOT NULL CHECK (json_valid(prices))
) STRICT;

CREATE TRIGGER price_version_never_updated BEFORE UPDATE ON price_version
BEGIN
  SELECT RAISE(ABORT, 'price_version is append-only');
END;

CREATE TRIGGER price_version_never_deleted BEFORE DELETE ON price_version
BEGIN
  SELECT RAISE(ABORT, 'price_version is append-only');
END;
