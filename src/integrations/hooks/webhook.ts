import type { Clock } from "#core/effects/clock.ts";
import type { Digest } from "#core/effects/digest.ts";
import type { UpstreamHttp } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Delivery, HookReceiver } from "#core/hooks/hook-receiver.ts";
import type { Secret } from "#core/secret.ts";

/** What a webhook is called with. */
export interface WebhookParts {
  readonly url: string;
  readonly secret: Secret;
  readonly timeoutMs: number;
  readonly http: UpstreamHttp;
  readonly digest: Pick<Digest, "hmacSha256">;
  readonly clock: Pick<Clock, "now">;
}

/** An answer says nothing but its status: this much of it is read so that its connection can be used again. */
const maxAnswerBytes = 65_536;
const textEncoder = new TextEncoder();

/**
 * An address that events are posted to as JSON. A 2xx takes the event; anything else, redirects included, does not. Each
 * attempt is signed anew, so that a receiver can refuse what is old (see `signatureOf`).
 */
export function createWebhook(parts: WebhookParts): HookReceiver {
  return { name: "webhook", tell: (delivery, signal) => post(parts, delivery, signal) };
}

async function post(parts: WebhookParts, { id, type, body }: Delivery, signal: AbortSignal): Promise<void> {
  const { url, timeoutMs, http, clock } = parts;
  const timestamp = String(Math.floor(clock.now() / 1000));
  const response = await http.send({
    method: "POST",
    peer: "webhook",
    url,
    headers: {
      "content-type": "application/json",
      "x-tokligence-event": type,
      "x-tokligence-delivery": id,
      "x-tokligence-timestamp": timestamp,
      "x-tokligence-signature": signatureOf(parts, timestamp, body),
    },
    body: textEncoder.encode(body),
    signal,
    limits: {
      connectTimeoutMs: timeoutMs,
      headTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
      maxBodyBytes: maxAnswerBytes,
    },
  });
  if (response.status < 200 || response.status > 299) {
    await response.body.return();
    throw new GatewayError("unavailable", `The webhook answered with status ${response.status}.`);
  }
  // The event is taken, however the rest of the answer fares.
  await drain(response.body).catch(() => undefined);
}

/** `v1=` and HMAC-SHA-256 (RFC 2104) in hexadecimal over `TIMESTAMP.BODY`; the timestamp is whole seconds since the epoch. */
export function signatureOf(
  { digest, secret }: Pick<WebhookParts, "digest" | "secret">,
  timestamp: string,
  body: string,
): string {
  const key = textEncoder.encode(secret.reveal());
  return `v1=${digest.hmacSha256(key, textEncoder.encode(`${timestamp}.${body}`)).toHex()}`;
}

async function drain(body: AsyncGenerator<Uint8Array, void, undefined>): Promise<void> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) return;
  }
}
