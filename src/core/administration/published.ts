import type { ChangeFeed } from "#core/feed.ts";

/** Changes identity and publishes whose it is, so that it counts at once. */
export async function published<Answer>(
  feed: ChangeFeed,
  subject: string,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work();
  } finally {
    // Even when the store failed: whether it wrote is not known then, and to forget too much is safe.
    feed.publish("identity.changed", subject);
  }
}
