-- What of the tokens written to a provider's cache is kept there for long, at a price of its own.
ALTER TABLE usage_event ADD COLUMN cache_write_long_tokens INTEGER CHECK (cache_write_long_tokens >= 0);
