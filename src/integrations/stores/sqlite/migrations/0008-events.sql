-- Events on their way to hooks, written in the transaction of what they tell of, told in the order of `seq`. Those that
-- are told or given up go some time later. Times in milliseconds since the epoch (UTC).
CREATE TABLE event (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  id          TEXT NOT NULL UNIQUE,
  type        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  tenant_id   TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  actor_id    TEXT NOT NULL,
  metadata    TEXT NOT NULL CHECK (json_valid(metadata)),
  state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state = 'waiting' OR state = 'told' OR state = 'parked'),
  attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_at     INTEGER NOT NULL,
  ended_at    INTEGER,
  reason      TEXT,
  CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;

CREATE INDEX idx_event_waiting ON event (user_id, seq) WHERE state = 'waiting';
CREATE INDEX idx_event_ended ON event (ended_at) WHERE ended_at IS NOT NULL;
