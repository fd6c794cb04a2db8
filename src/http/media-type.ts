import { GatewayError } from "#core/errors.ts";

/**
 * Accepts plain JSON in UTF-8, declared or not declared at all; throws `unsupported_media_type` for any other content
 * type or charset.
 */
export function requireJson(headers: Headers): void {
  const type = headers.get("content-type");
  if (type !== null && type !== "application/json" && !isJsonInUtf8(type)) {
    throw new GatewayError("unsupported_media_type", "The content type must be application/json in UTF-8.");
  }
}

function isJsonInUtf8(type: string): boolean {
  const [essence = "", ...parameters] = type.toLowerCase().split(";");
  if (essence.trim() !== "application/json") return false;
  return parameters.every((parameter) => {
    const [name = "", value = ""] = parameter.split("=");
    return name.trim() !== "charset" || /^"?utf-?8"?$/.test(value.trim());
  });
}
