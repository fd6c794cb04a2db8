import type { MediaPart, Message, Part, ReasoningPart, ToolResultPart } from "#core/chat/request.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { CallBook } from "#core/wire/gemini-generate/call-book.ts";
import type { GeminiFields } from "#core/wire/gemini-generate/fields.ts";
import { decodeFunctionResult } from "#core/wire/gemini-generate/function-result.ts";
import { historyCallId } from "#core/wire/gemini-generate/history-call-id.ts";
import { decodeMedia } from "#core/wire/gemini-generate/media.ts";
import { isStandIn } from "#core/wire/gemini-generate/signature.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

/** Parts that only Google's own models understand. */
const foreignKinds = ["executableCode", "codeExecutionResult", "toolCall", "toolResponse", "audioTranscription"];

/**
 * The conversation in `contents`. Ids that Gemini's callers leave out are made from what a call is and where it stands;
 * results are matched to calls. Throws `invalid_request` naming the field.
 */
export function decodeContents(
  body: GeminiFields,
  asked: AskedFeatures,
  detail?: MediaPart["detail"],
): readonly Message[] {
  const contents = body.list("contents");
  if (contents.length === 0) throw refuseField(body.path("contents"), "must be a non-empty list");
  const reader = new ContentReader(asked, detail);
  return contents.flatMap((content, turn) => reader.read(content, turn));
}

class ContentReader {
  readonly #asked: AskedFeatures;
  readonly #detail: MediaPart["detail"];
  readonly #calls = new CallBook();
  /** What the model said last, while nobody else spoke: callers send the pieces of a stream back as turns of their own. */
  #turn: Part[] | undefined;

  constructor(asked: AskedFeatures, detail: MediaPart["detail"]) {
    this.#asked = asked;
    this.#detail = detail;
  }

  read(content: GeminiFields, turn: number): Message[] {
    const role = roleOf(content.text("role"));
    if (role === "assistant") this.#calls.beginModelTurn();
    else this.#calls.endModelTurn();
    const parts = content.list("parts");
    this.#calls.beginResults(idsOfResults(parts));
    const results: ToolResultPart[] = [];
    const before = role === "assistant" ? this.#turn : undefined;
    const said = before ?? [];
    parts.forEach((part, position) => {
      const answer = part.fields("functionResponse");
      if (answer === undefined) this.#readPart(part, said, turn, position);
      else results.push(this.#readResult(answer, turn, position));
    });
    this.#calls.endResults();
    this.#turn = role === "assistant" && results.length === 0 ? said : undefined;
    // A turn of the model goes before results, those of a user behind what they answer and before what is said beside them.
    const speaks = before === undefined && (said.length > 0 || results.length === 0);
    const words: Message[] = speaks ? [{ role, parts: said }] : [];
    const answers: Message[] = results.length > 0 ? [{ role: "tool", parts: results }] : [];
    return role === "assistant" ? [...words, ...answers] : [...answers, ...words];
  }

  #readResult(answer: GeminiFields, turn: number, position: number): ToolResultPart {
    const id = answer.text("id");
    const name = answer.text("name");
    const call = this.#calls.answer(id, name);
    const { parts, isError } = decodeFunctionResult(answer, this.#asked);
    const toolName = name ?? call?.name;
    return {
      type: "tool-result",
      callId: call?.id ?? id ?? historyCallId(name ?? "", "", turn, position),
      ...(toolName === undefined ? {} : { name: toolName }),
      parts,
      ...(isError ? { isError } : {}),
    };
  }

  #readPart(part: GeminiFields, said: Part[], turn: number, position: number): void {
    const token = part.text("thoughtSignature");
    const text = part.value("text");
    const call = part.fields("functionCall");
    if (call !== undefined) {
      if (token !== undefined) this.#addToken(token, part, said);
      said.push(this.#readCall(call, turn, position));
      return;
    }
    if (typeof text === "string") {
      if (part.flag("thought")) {
        this.#asked.add("reasoning_history", part.path("thought"));
        addThought(text, said);
      } else if (text !== "" || token === undefined) said.push({ type: "text", text });
    } else if (text !== undefined) {
      throw refuseField(part.path("text"), "must be a string");
    } else {
      const media = decodeMedia(part, this.#asked, this.#detail);
      if (media !== undefined) said.push(media);
      else {
        // What was signed goes, and its signature with it.
        this.#readForeign(part, said);
        if (said.at(-1)?.type === "foreign") return;
      }
    }
    if (token !== undefined) this.#addToken(token, part, said);
  }

  #readCall(call: GeminiFields, turn: number, position: number): Part {
    const name = call.text("name") ?? "";
    const args = call.value("args");
    if (args !== undefined && recordOf(args) === undefined) throw refuseField(call.path("args"), "must be an object");
    const argumentsText = JSON.stringify(args ?? {});
    const id = call.text("id") ?? historyCallId(name, argumentsText, turn, position);
    this.#calls.add({ id, name });
    return { type: "tool-call", id, name, form: "function", argumentsText };
  }

  #readForeign(part: GeminiFields, said: Part[]): void {
    const kind = foreignKinds.find((name) => part.value(name) !== undefined);
    const unknown = kind ?? Object.keys(part.record).find((name) => !/^(thought|part_?metadata)/i.test(name));
    if (unknown !== undefined) said.push({ type: "foreign", path: `${part.at} (${unknown})`, required: false });
  }

  /** A token ends the thinking before it, shown or not. */
  #addToken(data: string, part: GeminiFields, said: Part[]): void {
    if (isStandIn(data)) return;
    this.#asked.add("reasoning_history", part.path("thoughtSignature"));
    const token = { kind: "thought", data } as const;
    const last = said.at(-1);
    const thinking: ReasoningPart | undefined =
      last?.type === "reasoning" && last.token === undefined ? last : undefined;
    if (thinking === undefined) said.push({ type: "reasoning", text: "", token });
    else said[said.length - 1] = { ...thinking, token };
  }
}

/** Thoughts that came in pieces are one again, since a token stands for the whole of them. */
function addThought(text: string, said: Part[]): void {
  const last = said.at(-1);
  if (last?.type !== "reasoning" || last.token !== undefined) said.push({ type: "reasoning", text });
  else said[said.length - 1] = { ...last, text: last.text + text };
}

function roleOf(role: string | undefined): "user" | "assistant" | "system" {
  switch (role?.toLowerCase()) {
    case "model":
    case "assistant":
      return "assistant";
    case "system":
      return "system";
    default:
      return "user";
  }
}

function idsOfResults(parts: readonly GeminiFields[]): ReadonlySet<string> {
  const answers = parts.map((part) => recordOf(part.value("functionResponse")));
  return new Set(answers.flatMap((answer) => textOf(answer?.["id"]) ?? []));
}
