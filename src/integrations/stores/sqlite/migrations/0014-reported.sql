-- Usage that was reported, for ever: its row may go to the archive, and the same event still counts once. `entry` is the row
-- as one line of JSON, money as text, without what is not known.
CREATE TABLE reported_event (
  request_id TEXT PRIMARY KEY,
  node_id    TEXT NOT NULL,
  seq        INTEGER NOT NULL CHECK (seq > 0),
  entry      TEXT NOT NULL CHECK (json_valid(entry))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reported_event_never_updated BEFORE UPDATE ON reported_event
BEGIN
  SELECT RAISE(ABORT, 'reported_event is append-only');
END;

CREATE TRIGGER reported_event_never_deleted BEFORE DELETE ON reported_event
BEGIN
  SELECT RAISE(ABORT, 'reported_event is append-only');
END;

-- The fill: reports whose rows are here. A patch leaves out what is null.
INSERT INTO reported_event (request_id, node_id, seq, entry)
SELECT request_id, node_id, seq, json_patch('{}', json_object(
         'requestId', request_id,
         'atMs', at,
         'tenantId', tenant_id,
         'userId', user_id,
         'keyId', key_id,
         'direction', direction,
         'operation', operation,
         'protocol', protocol,
         'provider', provider,
         'requestedModel', requested_model,
         'model', model,
         'stream', json('false'),
         'outcome', outcome,
         'httpStatus', http_status,
         'inputTokens', input_tokens,
         'cachedTokens', cached_tokens,
         'cacheWriteTokens', cache_write_tokens,
         'outputTokens', output_tokens,
         'reasoningTokens', reasoning_tokens,
         'usageSource', usage_source,
         'costNanos', CAST(cost_nanos AS TEXT),
         'priceVersion', price_version,
         'latencyMs', latency_ms,
         'queueMs', queue_ms,
         'attempts', attempts,
         'teamId', team_id,
         'tags', tags))
  FROM usage_event
 WHERE request_id > 'report:' AND request_id < 'report;' AND protocol = 'report';
