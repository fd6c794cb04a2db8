import type { MediaPart, Message, Part, ReasoningPart, ToolCallPart, ToolResultPart } from "#core/chat/request.ts";
import type { EncodeTarget } from "#core/wire/codec.ts";
import { argumentsJson } from "#core/wire/gemini-generate/arguments-json.ts";
import { isGoogles } from "#core/wire/gemini-generate/google-uri.ts";
import { callPartJson, textPartJson } from "#core/wire/gemini-generate/part-json.ts";
import { signatureStandIn } from "#core/wire/gemini-generate/signature.ts";
import { refuseValue } from "#core/wire/request-fields.ts";

/** A turn under way. Parts are JSON already. */
interface Turn {
  readonly role: "user" | "model";
  readonly parts: string[];
  /** Whether a call of this turn has its signature, or what stands for one. */
  signed: boolean;
}

/**
 * The conversation as the JSON of `contents`: neighbours of one role joined, results in the order of the calls, signatures
 * on the parts that they belong to. A longer conversation begins with the same bytes.
 */
export function encodeContents(messages: readonly Message[], target: EncodeTarget): string {
  const writer = new ContentWriter(target);
  for (const message of withJoinedResults(messages)) writer.add(message);
  return writer.json();
}

/** Messages of results behind one another as one, so that they can be put in order. */
function withJoinedResults(messages: readonly Message[]): readonly Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role !== "tool" || last?.role !== "tool") joined.push(message);
    else joined[joined.length - 1] = { ...last, parts: [...last.parts, ...message.parts] };
  }
  return joined;
}

class ContentWriter {
  readonly #target: EncodeTarget;
  readonly #turns: Turn[] = [];
  /** Names of the calls of the last turn with calls, in order, by id. */
  #calls = new Map<string, string>();

  constructor(target: EncodeTarget) {
    this.#target = target;
  }

  add({ role, parts, name }: Message): void {
    if (role === "tool") {
      this.#addResults(parts.filter((part) => part.type === "tool-result"));
    } else if (role === "assistant") {
      this.#addModelParts(parts);
    } else {
      const turn = this.#turn("user");
      parts.forEach((part, index) => {
        const speaker = index === 0 && name !== undefined ? `${name}: ` : "";
        if (speaker !== "" && part.type !== "text") turn.parts.push(textPartJson(speaker, false));
        this.#addPart(part.type === "text" ? { ...part, text: speaker + part.text } : part, turn);
      });
    }
  }

  json(): string {
    const turns = this.#turns.filter(({ parts }) => parts.length > 0);
    return `[${turns.map(({ role, parts }) => `{"role":"${role}","parts":[${parts.join(",")}]}`).join(",")}]`;
  }

  #turn(role: Turn["role"]): Turn {
    const last = this.#turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, parts: [], signed: false };
    this.#turns.push(turn);
    return turn;
  }

  #addModelParts(said: readonly Part[]): void {
    const parts = withSignedCall(said);
    const turn = this.#turn("model");
    if (parts.some(({ type }) => type === "tool-call") && turn.parts.length === 0) this.#calls = new Map();
    parts.forEach((part, index) => {
      if (part.type === "tool-call") this.#addCall(part, signatureOf(parts[index - 1]), turn);
      else if (part.type === "reasoning") addSignature(part, parts[index - 1], parts[index + 1], turn);
      else this.#addPart(part, turn, signatureOf(parts[index + 1], parts[index + 2]));
    });
  }

  #addCall({ id, name, argumentsText }: ToolCallPart, own: string | undefined, turn: Turn): void {
    this.#calls.set(id, name);
    const { json, clean } = argumentsJson(argumentsText);
    if (!clean) this.#target.note(`arguments of ${id}`);
    const standIn = own === undefined && !turn.signed && this.#target.facts.needsThoughtSignature;
    if (standIn) this.#target.note("reasoning_history");
    const signature = standIn ? signatureStandIn : own;
    turn.signed ||= signature !== undefined;
    turn.parts.push(callPartJson(id, name, json, signature));
  }

  #addResults(results: readonly ToolResultPart[]): void {
    const order = new Map([...this.#calls.keys()].map((id, index) => [id, index]));
    const placeOf = ({ callId }: ToolResultPart): number => order.get(callId) ?? -1;
    const turn = this.#turn("user");
    for (const result of results.toSorted((a, b) => placeOf(a) - placeOf(b))) {
      const media = result.parts.filter((part) => part.type === "media");
      const texts = result.parts.filter((part) => part.type === "text").map(({ text }) => text);
      const inside = media.length > 0 && this.#target.facts.resultMedia;
      const functionResponse = {
        id: result.callId,
        name: this.#calls.get(result.callId) ?? result.name ?? result.callId,
        response: { [result.isError === true ? "error" : "output"]: texts.join("\n") },
        ...(inside ? { parts: media.map(mediaFields) } : {}),
      };
      turn.parts.push(JSON.stringify({ functionResponse }));
      if (!inside) for (const part of media) turn.parts.push(JSON.stringify(mediaFields(part)));
    }
  }

  #addPart(part: Part, turn: Turn, signature?: string): void {
    switch (part.type) {
      case "text":
      case "refusal":
        if (part.text !== "" || signature !== undefined) turn.parts.push(textPartJson(part.text, false, signature));
        return;
      case "media":
        turn.parts.push(JSON.stringify(mediaFields(part)));
        return;
      case "tool-result":
        this.#addResults([part]);
        return;
      case "tool-call":
        this.#addCall(part, undefined, turn);
        return;
      case "reasoning":
      case "foreign":
        return;
    }
  }
}

/**
 * The parts with thinking that leads the turn right before its first call, if nothing there is signed: other protocols put
 * it in front of all text, Gemini looks for its signature on the call.
 */
function withSignedCall(parts: readonly Part[]): readonly Part[] {
  const spoken = parts.findIndex(({ type }) => type !== "reasoning");
  const call = parts.findIndex(({ type }) => type === "tool-call");
  if (spoken <= 0 || call <= spoken || parts[call - 1]?.type === "reasoning") return parts;
  return [...parts.slice(spoken, call), ...parts.slice(0, spoken), ...parts.slice(call)];
}

/** The signature that a part after a text puts on it: one that no call behind it claims. */
function signatureOf(part: Part | undefined, next?: Part): string | undefined {
  if (part?.type !== "reasoning" || next?.type === "tool-call") return undefined;
  return part.token?.kind === "thought" ? part.token.data : undefined;
}

/** A signature between other things than a text and a call stands on an empty text. */
function addSignature(part: ReasoningPart, before: Part | undefined, after: Part | undefined, turn: Turn): void {
  const signature = signatureOf(part, after);
  if (signature === undefined || before?.type === "text" || before?.type === "refusal") return;
  turn.parts.push(textPartJson("", false, signature));
}

function mediaFields({ source, path }: MediaPart): Readonly<Record<string, unknown>> {
  switch (source.type) {
    case "data":
      return { inlineData: { mimeType: source.mimeType, data: source.base64 } };
    case "url": {
      if (!/^https?:/i.test(source.url) && !isGoogles(source.url)) {
        throw refuseValue(path, "names a place that is not on the web");
      }
      const mimeType = source.mimeType === undefined ? {} : { mimeType: source.mimeType };
      return { fileData: { ...mimeType, fileUri: source.url } };
    }
    case "file":
      if (isGoogles(source.id)) return { fileData: { fileUri: source.id } };
      throw refuseValue(path, "names a file that Gemini does not have");
  }
}
