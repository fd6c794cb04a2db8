-- Totals of usage_event, kept in the transaction of each row and derivable from the rows at any time (see the fill below).
-- An empty text stands for none: no provider was asked, no key was used.
CREATE TABLE usage_subject (
  id        INTEGER PRIMARY KEY,
  key_id    TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  team_id   TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  UNIQUE (key_id, user_id, team_id, tenant_id)
) STRICT;

CREATE TABLE usage_target (
  id        INTEGER PRIMARY KEY,
  model     TEXT NOT NULL,
  provider  TEXT NOT NULL,
  direction TEXT NOT NULL,
  UNIQUE (model, provider, direction)
) STRICT;

-- Who used it is left out here: few cells, however many keys there are. `hour` counts UTC hours since the epoch.
CREATE TABLE usage_hour (
  hour               INTEGER NOT NULL,
  target             INTEGER NOT NULL,
  requests           INTEGER NOT NULL,
  failed             INTEGER NOT NULL,
  aborted            INTEGER NOT NULL,
  input_tokens       INTEGER NOT NULL,
  cached_tokens      INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  output_tokens      INTEGER NOT NULL,
  reasoning_tokens   INTEGER NOT NULL,
  cost_nanos         INTEGER NOT NULL,
  overhead_nanos     INTEGER NOT NULL,
  unpriced           INTEGER NOT NULL,
  PRIMARY KEY (hour, target)
) STRICT, WITHOUT ROWID;

-- `day` counts UTC days since the epoch.
CREATE TABLE usage_day (
  day                INTEGER NOT NULL,
  subject            INTEGER NOT NULL,
  target             INTEGER NOT NULL,
  requests           INTEGER NOT NULL,
  failed             INTEGER NOT NULL,
  aborted            INTEGER NOT NULL,
  input_tokens       INTEGER NOT NULL,
  cached_tokens      INTEGER NOT NULL,
  cache_write_tokens INTEGER NOT NULL,
  output_tokens      INTEGER NOT NULL,
  reasoning_tokens   INTEGER NOT NULL,
  cost_nanos         INTEGER NOT NULL,
  overhead_nanos     INTEGER NOT NULL,
  unpriced           INTEGER NOT NULL,
  PRIMARY KEY (day, subject, target)
) STRICT, WITHOUT ROWID;

-- Rows as they count: the same columns as the totals have.
CREATE VIEW usage_counted AS
SELECT seq,
       at,
       coalesce(key_id, '')                AS key_id,
       coalesce(user_id, '')               AS user_id,
       coalesce(team_id, '')               AS team_id,
       tenant_id,
       coalesce(model, requested_model)    AS model,
       coalesce(provider, '')              AS provider,
       direction,
       1                                   AS requests,
       outcome = 'failed'                  AS failed,
       outcome = 'aborted'                 AS aborted,
       coalesce(input_tokens, 0)           AS input_tokens,
       coalesce(cached_tokens, 0)          AS cached_tokens,
       coalesce(cache_write_tokens, 0)     AS cache_write_tokens,
       coalesce(output_tokens, 0)          AS output_tokens,
       coalesce(reasoning_tokens, 0)       AS reasoning_tokens,
       coalesce(cost_nanos, 0)             AS cost_nanos,
       coalesce(overhead_nanos, 0)         AS overhead_nanos,
       cost_nanos IS NULL AND (coalesce(input_tokens, 0) > 0 OR coalesce(output_tokens, 0) > 0) AS unpriced
  FROM usage_event;

-- The fill: what rows that are there already add up to.
INSERT INTO usage_subject (key_id, user_id, team_id, tenant_id)
SELECT DISTINCT key_id, user_id, team_id, tenant_id FROM usage_counted;

INSERT INTO usage_target (model, provider, direction)
SELECT DISTINCT model, provider, direction FROM usage_counted;

INSERT INTO usage_hour
SELECT at / 3600000, t.id, sum(requests), sum(failed), sum(aborted), sum(input_tokens), sum(cached_tokens),
       sum(cache_write_tokens), sum(output_tokens), sum(reasoning_tokens), sum(cost_nanos), sum(overhead_nanos),
       sum(unpriced)
  FROM usage_counted
  JOIN usage_target AS t USING (model, provider, direction)
 GROUP BY 1, 2;

INSERT INTO usage_day
SELECT at / 86400000, s.id, t.id, sum(requests), sum(failed), sum(aborted), sum(input_tokens), sum(cached_tokens),
       sum(cache_write_tokens), sum(output_tokens), sum(reasoning_tokens), sum(cost_nanos), sum(overhead_nanos),
       sum(unpriced)
  FROM usage_counted
  JOIN usage_subject AS s USING (key_id, user_id, team_id, tenant_id)
  JOIN usage_target AS t USING (model, provider, direction)
 GROUP BY 1, 2, 3;
