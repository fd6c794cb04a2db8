-- Books of other gateways, as they came in: closed chains that nothing is added to but their own next rows. `name` is the
-- table that a row comes from, `key` its place there, `record` the row as one line of JSON.
CREATE TABLE imported_row (
  node_id TEXT NOT NULL,
  name    TEXT NOT NULL,
  key     TEXT NOT NULL,
  record  TEXT NOT NULL CHECK (json_valid(record)),
  PRIMARY KEY (node_id, name, key)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER imported_row_never_updated BEFORE UPDATE ON imported_row
BEGIN
  SELECT RAISE(ABORT, 'imported_row is append-only');
END;

CREATE TRIGGER imported_row_never_deleted BEFORE DELETE ON imported_row
BEGIN
  SELECT RAISE(ABORT, 'imported_row is append-only');
END;
