import { GatewayError } from "#core/errors.ts";
import { joinBytes } from "#core/wire/join-bytes.ts";

/** Codings of a request body that are undone here. */
export type ContentCoding = "identity" | "gzip" | "zstd";

/** The coding that the headers name. Throws `unsupported_media_type` for any other, and for several at once. */
export function contentCoding(headers: Headers): ContentCoding {
  const named = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  switch (named) {
    case "identity":
    case "gzip":
    case "zstd":
      return named;
    case "x-gzip":
      return "gzip";
    default:
      throw new GatewayError("unsupported_media_type", "The content encoding must be gzip, zstd or none.");
  }
}

/**
 * The bytes that were encoded. Throws `request_too_large` as soon as they are more than `maxBytes`, so that a small body
 * cannot fill the memory, and `invalid_request` when the body is not what its coding says.
 */
export async function undoCoding(coded: Uint8Array, coding: ContentCoding, maxBytes: number): Promise<Uint8Array> {
  if (coding === "identity") return coded;
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of decodedStream(coded, coding)) {
      size += part.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      parts.push(part);
    }
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown;
    throw new GatewayError("invalid_request", "The body is not what its Content-Encoding says.", { cause: thrown });
  }
  return joinBytes(parts);
}

function decodedStream(coded: Uint8Array, coding: "gzip" | "zstd"): ReadableStream<Uint8Array> {
  return new Blob([coded]).stream().pipeThrough(new DecompressionStream(coding));
}

/** A body that is larger than it may be. */
export function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError("request_too_large", `The body is larger than ${maxBytes} bytes.`, {
    details: { max_bytes: maxBytes },
  });
}
