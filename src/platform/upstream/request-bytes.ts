import type { UpstreamRequest } from "#core/effects/upstream-http.ts";
import { GatewayError } from "#core/errors.ts";
import type { Target } from "#platform/upstream/target.ts";

/** Above this a body is sent from where it lies, as a second write; below, copying it is cheaper than a system call. */
const copiedBodyBytes = 64 * 1024;

/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
/** RFC 9110 section 5.5: no control characters but tab, nothing beyond one byte. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Framing and hop-by-hop fields (RFC 9110 section 7.6.1): the client's own, dropped when a caller passes them. */
const ownFields = new Set(
  "host user-agent content-length connection accept-encoding transfer-encoding te trailer upgrade keep-alive proxy-connection expect".split(
    " ",
  ),
);

/** The request as bytes in sending order. Throws `invalid_request` for a header that cannot be sent as it is. */
export function encodeRequest(target: Target, request: UpstreamRequest): readonly Uint8Array[] {
  const { body, headers } = request;
  let head = request.method + target.opening;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || ownFields.has(name)) continue;
    if (!token.test(name) || !fieldValue.test(value)) throw unsendable(name);
    head += `${name}: ${value}\r\n`;
  }
  const bodyLength = body?.length ?? 0;
  head += bodyLength > 0 || request.method === "POST" ? `content-length: ${bodyLength}\r\n\r\n` : "\r\n";
  if (body === undefined || bodyLength > copiedBodyBytes) {
    const bytes = Buffer.from(head, "latin1");
    return body === undefined ? [bytes] : [bytes, body];
  }
  const bytes = Buffer.allocUnsafe(head.length + bodyLength);
  bytes.write(head, 0, "latin1");
  bytes.set(body, head.length);
  return [bytes];
}

function unsendable(name: string): GatewayError {
  const shown = token.test(name) ? name : "with an invalid name";
  return new GatewayError("invalid_request", `The header ${shown} cannot be sent to the provider.`);
}
