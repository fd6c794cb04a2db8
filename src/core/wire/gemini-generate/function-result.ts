import type { MediaPart, TextPart } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import type { GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { decodeMedia } from "#core/wire/gemini-generate/media.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";

/** What a function answered, and whether it says that it failed. */
export interface FunctionResult {
  readonly parts: readonly (TextPart | MediaPart)[];
  readonly isError: boolean;
}

const textKeys: ReadonlySet<string> = new Set(["output", "result", "content"]);

/**
 * What a `functionResponse` says: the text under `output`, `result` or `content` where that is all, else the whole object as
 * JSON; under `error` that the function failed. Some SDKs repeat the function's name inside; that is no content.
 */
export function decodeFunctionResult(answer: GeminiFields, asked: AskedFeatures): FunctionResult {
  const response = answer.value("response");
  const isError = failed(recordOf(response)?.["error"]);
  if (isError) asked.add("tool_result_error", answer.path("response"));
  const media = answer.list("parts").flatMap((part) => decodeMedia(part, asked) ?? []);
  if (media.length > 0) asked.add("tool_result_media", answer.path("parts"));
  const text = textOfResponse(response, answer.text("name"));
  const words: readonly TextPart[] = text === "" && media.length > 0 ? [] : [{ type: "text", text }];
  return { parts: [...words, ...media], isError };
}

function failed(error: unknown): boolean {
  return error !== undefined && error !== null && error !== false && error !== "";
}

function textOfResponse(response: unknown, name: string | undefined): string {
  if (typeof response === "string") return response;
  const members = Object.entries(recordOf(response) ?? {});
  const said = members.filter(([key, value]) => !(key === "name" && name !== undefined && value === name));
  const [only] = said;
  if (only !== undefined && said.length === 1 && (textKeys.has(only[0]) || only[0] === "error")) {
    return textIn(only[1]) ?? JSON.stringify(only[0] === "error" ? only[1] : response);
  }
  return response === undefined || members.length === 0 ? "" : JSON.stringify(response);
}

/** A text, or a list of nothing but texts as tool servers give it. */
function textIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const texts = value.map((item: unknown) => {
    const fields = recordOf(item) ?? {};
    const bare = Object.keys(fields).every((key) => key === "text" || (key === "type" && fields[key] === "text"));
    return bare ? textOf(fields["text"]) : undefined;
  });
  return texts.every((text) => text !== undefined) ? texts.join("\n") : undefined;
}
