import type { Clock } from "#core/effects/clock.ts";
import { GatewayError } from "#core/errors.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { contentCoding, tooLarge, undoCoding } from "#http/content-coding.ts";
import { requireJson } from "#http/media-type.ts";

/** What a body may take. */
export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

/**
 * Reads a body of JSON, plain or compressed; `maxBodyBytes` bounds it before and after. `beforeReading` is called once the
 * headers are found good. Throws what `requireJson`, `contentCoding`, `readBody` and `decodeJsonBody` throw.
 */
export async function readJson(
  request: Request,
  limits: BodyLimits,
  clock: Clock,
  beforeReading: () => void = () => {},
): Promise<JsonBody> {
  requireJson(request.headers);
  const coding = contentCoding(request.headers);
  beforeReading();
  const bytes = await readBody(request, limits, clock);
  return decodeJsonBody(coding === "identity" ? bytes : await undoCoding(bytes, coding, limits.maxBodyBytes));
}

/**
 * Reads the whole body. Throws `request_too_large` before reading when the declared length says so and as soon as the
 * count passes the limit otherwise, `body_timeout` when the last byte is not here in time, `client_closed` when the
 * sender goes away.
 */
async function readBody(request: Request, limits: BodyLimits, clock: Clock): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > limits.maxBodyBytes) throw tooLarge(limits.maxBodyBytes);
  // The runtime holds a sender to its declared length, and reads such a body at once twice as fast as by pieces.
  const body = declared === null ? readCounted(request.body, limits) : request.bytes();
  return new Promise((resolve, reject) => {
    const disarm = clock.after(limits.bodyTimeoutMs, () => reject(tooSlow(limits)));
    body.then(
      (bytes) => {
        disarm();
        resolve(bytes);
      },
      (thrown) => {
        disarm();
        reject(thrown instanceof GatewayError ? thrown : senderGone(thrown));
      },
    );
  });
}

async function readCounted(body: ReadableStream<Uint8Array> | null, limits: BodyLimits): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    size += part.byteLength;
    if (size > limits.maxBodyBytes) throw tooLarge(limits.maxBodyBytes);
    parts.push(part);
  }
  return joinBytes(parts);
}

function tooSlow({ bodyTimeoutMs }: BodyLimits): GatewayError {
  return new GatewayError("body_timeout", `The body was not complete within ${bodyTimeoutMs} ms.`);
}

function senderGone(cause: unknown): GatewayError {
  return new GatewayError("client_closed", "The caller left before its request was complete.", { cause });
}
