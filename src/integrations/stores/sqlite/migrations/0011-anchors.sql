-- Signed heads of the chains. `at` is milliseconds since the epoch (UTC), the signature Ed25519.
CREATE TABLE anchor (
  id        INTEGER PRIMARY KEY,
  stream    TEXT NOT NULL CHECK (stream = 'usage' OR stream = 'transfer' OR stream = 'audit'),
  node_id   TEXT NOT NULL,
  seq       INTEGER NOT NULL CHECK (seq > 0),
  hash      BLOB NOT NULL CHECK (length(hash) = 32),
  at        INTEGER NOT NULL,
  signature BLOB NOT NULL CHECK (length(signature) = 64),
  UNIQUE (stream, seq)
) STRICT;

CREATE TRIGGER anchor_never_updated BEFORE UPDATE ON anchor
BEGIN
  SELECT RAISE(ABORT, 'anchor is append-only');
END;

CREATE TRIGGER anchor_never_deleted BEFORE DELETE ON anchor
BEGIN
  SELECT RAISE(ABORT, 'anchor is append-only');
END;

-- Where each chain begins since its oldest rows lie in the archive: after row `seq`, whose hash and time these are.
-- The signature keeps others from calling archived what they have deleted.
CREATE TABLE chain_base (
  id          INTEGER PRIMARY KEY,
  stream      TEXT NOT NULL CHECK (stream = 'usage' OR stream = 'transfer' OR stream = 'audit'),
  seq         INTEGER NOT NULL CHECK (seq > 0),
  hash        BLOB NOT NULL CHECK (length(hash) = 32),
  at          INTEGER NOT NULL,
  archived_at INTEGER NOT NULL,
  file        TEXT NOT NULL,
  signature   BLOB NOT NULL CHECK (length(signature) = 64),
  UNIQUE (stream, seq)
) STRICT;

CREATE TRIGGER chain_base_never_updated BEFORE UPDATE ON chain_base
BEGIN
  SELECT RAISE(ABORT, 'chain_base is append-only');
END;

CREATE TRIGGER chain_base_never_deleted BEFORE DELETE ON chain_base
BEGIN
  SELECT RAISE(ABORT, 'chain_base is append-only');
END;

-- What the transfers up to a base had added to each account: with the transfers that are left, the sums of `account`.
CREATE TABLE archived_account (
  base_seq     INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  owner        TEXT NOT NULL,
  debit_nanos  INTEGER NOT NULL CHECK (debit_nanos >= 0),
  credit_nanos INTEGER NOT NULL CHECK (credit_nanos >= 0),
  PRIMARY KEY (base_seq, kind, owner)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER archived_account_never_updated BEFORE UPDATE ON archived_account
BEGIN
  SELECT RAISE(ABORT, 'archived_account is append-only');
END;

CREATE TRIGGER archived_account_never_deleted BEFORE DELETE ON archived_account
BEGIN
  SELECT RAISE(ABORT, 'archived_account is append-only');
END;

-- Rows may go once they are archived, and only they. The newest row of a chain always stays: the next one builds on it.
DROP TRIGGER usage_event_never_deleted;
CREATE TRIGGER usage_event_never_deleted BEFORE DELETE ON usage_event
WHEN OLD.seq > coalesce((SELECT max(seq) FROM chain_base WHERE stream = 'usage'), 0)
  OR OLD.seq = (SELECT max(seq) FROM usage_event)
BEGIN
  SELECT RAISE(ABORT, 'usage_event is append-only');
END;

DROP TRIGGER transfer_never_deleted;
CREATE TRIGGER transfer_never_deleted BEFORE DELETE ON transfer
WHEN OLD.seq > coalesce((SELECT max(seq) FROM chain_base WHERE stream = 'transfer'), 0)
  OR OLD.seq = (SELECT max(seq) FROM transfer)
BEGIN
  SELECT RAISE(ABORT, 'transfer is append-only');
END;

DROP TRIGGER audit_never_deleted;
CREATE TRIGGER audit_never_deleted BEFORE DELETE ON audit
WHEN OLD.seq > coalesce((SELECT max(seq) FROM chain_base WHERE stream = 'audit'), 0)
  OR OLD.seq = (SELECT max(seq) FROM audit)
BEGIN
  SELECT RAISE(ABORT, 'audit is append-only');
END;

-- INSERT OR REPLACE takes a row out without asking the triggers above: what has a number or a name that is taken never comes in.
CREATE TRIGGER usage_event_never_replaced BEFORE INSERT ON usage_event
WHEN NEW.seq <= (SELECT max(seq) FROM usage_event)
BEGIN
  SELECT RAISE(ABORT, 'usage_event is append-only');
END;

CREATE TRIGGER usage_event_counted_once BEFORE INSERT ON usage_event
WHEN EXISTS (SELECT 1 FROM usage_event WHERE request_id = NEW.request_id)
BEGIN
  SELECT RAISE(IGNORE);
END;

CREATE TRIGGER transfer_never_replaced BEFORE INSERT ON transfer
WHEN NEW.seq <= (SELECT max(seq) FROM transfer)
BEGIN
  SELECT RAISE(ABORT, 'transfer is append-only');
END;
