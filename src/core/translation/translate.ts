import type { CanonicalRequest } from "#core/chat/canonical-request.ts";
import type { ChatEvent } from "#core/chat/event.ts";
import type { ChatRequest } from "#core/chat/request.ts";
import type { ProviderCall } from "#core/routing/provider.ts";
import { withAnsweredCalls } from "#core/translation/answered-calls.ts";
import { withFittingCallIds } from "#core/translation/call-ids.ts";
import { showDeferredTools } from "#core/translation/deferred-tools.ts";
import { withoutForeignParts, withPlainRefusals } from "#core/translation/foreign-parts.ts";
import { siftHostedTools } from "#core/translation/hosted-tools.ts";
import { type Bench, judgeConversation, judgeFeatures, treatmentOf, withoutLacking } from "#core/translation/judge.ts";
import { asJsonObject } from "#core/translation/json-answer.ts";
import { withFoldedSystem } from "#core/translation/mid-system.ts";
import { cannotCarry, Notes, strictRefusal } from "#core/translation/notes.ts";
import { ownThinking } from "#core/translation/reasoning-tokens.ts";
import { RestoredAnswer } from "#core/translation/restored-answer.ts";
import { ToolNames } from "#core/translation/tool-names.ts";
import { withTrueTypes } from "#core/translation/true-types.ts";
import { withWireTools } from "#core/translation/wire-tools.ts";
import type { Codec, EncodeTarget, Protocol, WireTraits } from "#core/wire/codec.ts";

/** A request written anew for a provider of another protocol. */
export interface Translation {
  readonly body: Uint8Array;
  /** What could not be carried, in the caller's words, without repetitions. */
  readonly dropped: readonly string[];
  /**
   * What the provider's events mean in the caller's conversation: names, namespaces, free text and tokens restored, stop
   * texts cut, and the answer ended when a cut leaves nothing of it to wait for. To be called with all events of one answer in
   * order; gives the same array when nothing changes.
   */
  restore(events: readonly ChatEvent[]): readonly ChatEvent[];
}

/** Whom a request is translated for. */
export interface TranslationTarget extends Omit<EncodeTarget, "note" | "conversation"> {
  /** The provider's name, which its tokens are wrapped with. */
  readonly provider: string;
}

/**
 * Writes a call in the protocol of `codec`. Throws `unsupported_value` naming the field for what cannot be said in it, and in
 * a strict call for anything that would be left out; nothing is ever sent then.
 */
export function translate(
  codec: Codec,
  callerCodec: Codec,
  call: ProviderCall,
  target: TranslationTarget,
): Translation {
  const { request } = call;
  const asked = request.operation === "embeddings" ? request.embedding.asked : request.chat.asked;
  const notes = new Notes(asked ?? new Map());
  // A signature that is missing was never the caller's field.
  const conversation = conversationField(call.protocol);
  const missing = `${conversation} (thought signature)`;
  const isMissing = (what: string): boolean => what === "reasoning_history" && asked?.has("reasoning_history") !== true;
  const note = (what: string): void => notes.note(isMissing(what) ? missing : what);
  const encodeTarget: EncodeTarget = { ...target, conversation, note };
  const written = write(request, { codec, callerCodec, call, target, encodeTarget, notes });
  const body = codec.encodeRequest(written.request, encodeTarget);
  const dropped = notes.names();
  const [first, ...others] = dropped;
  if (call.strict && first !== undefined) throw strictRefusal([first, ...others], codec.protocol);
  return { body, dropped, restore: written.restore };
}

/** Most stop texts that the gateway looks for itself: every piece of text is searched for each. */
const mostStops = 64;

interface Lane {
  readonly codec: Codec;
  readonly callerCodec: Codec;
  readonly call: ProviderCall;
  readonly target: TranslationTarget;
  readonly encodeTarget: EncodeTarget;
  readonly notes: Notes;
}

interface Written {
  /** The request as `encodeRequest` may rely on it. */
  readonly request: CanonicalRequest;
  readonly restore: Translation["restore"];
}

function write(request: CanonicalRequest, lane: Lane): Written {
  const { codec, callerCodec, target, encodeTarget } = lane;
  if (request.operation === "embeddings") {
    const bench = benchOf(lane);
    if (bench !== undefined) judgeFeatures(request.embedding.asked ?? [], bench);
    return { request, restore: (events) => events };
  }
  const said = codec.traits(encodeTarget);
  const traits = { ...said, customTools: said.customTools && target.dialect.customTools };
  const judged = judge(request.chat, lane);
  const names = new ToolNames(judged, traits);
  const cutsItself = traits.stops && !target.dialect.lacks.includes("stop");
  if (!cutsItself && request.chat.stop.length > mostStops) {
    throw cannotCarry(request.chat.asked.get("stop") ?? "stop", codec.protocol, `more than ${mostStops} texts`);
  }
  const chat = fitted(judged, names, traits, lane);
  const answer = new RestoredAnswer({
    names,
    callId: callerCodec.traits(encodeTarget).callId,
    provider: target.provider,
    stops: cutsItself ? [] : request.chat.stop,
    choices: request.chat.choices,
  });
  const restore: Translation["restore"] = (events) => answer.restore(events);
  const jsonField = checkedJsonField(request.chat, lane);
  return {
    request: { ...request, chat: cutsItself ? chat : { ...chat, stop: [] } },
    restore: jsonField === undefined ? restore : (events) => asJsonObject(restore(events), jsonField),
  };
}

/** The caller's field for JSON that is asked for in words and looked at when it comes; a stream is gone by then: noted. */
function checkedJsonField(chat: ChatRequest, { codec, target, notes }: Lane): string | undefined {
  const field = chat.asked.get("json_object");
  if (field === undefined || codec.fidelity === undefined) return undefined;
  const { kind } = treatmentOf("json_object", { takes: codec.fidelity.takes, dialect: target.dialect });
  if (kind !== "shim") return undefined;
  if (chat.stream) notes.note("json_object");
  return chat.stream ? undefined : field;
}

/** The request without what the provider cannot be told, which is noted or refused. */
function judge(chat: ChatRequest, lane: Lane): ChatRequest {
  const bench = benchOf(lane);
  if (bench === undefined) return chat;
  const { target } = lane;
  judgeConversation(chat, bench);
  const sifted = siftHostedTools(withoutForeignParts(chat, bench), bench);
  const isDeferring = treatmentOf("deferred_tools", bench).kind === "carry";
  const shown = isDeferring ? sifted.chat : showDeferredTools(sifted.chat, sifted.leftOut);
  return withoutLacking(shown, target.dialect.lacks);
}

/** By what the request is judged; undefined where the provider's protocol only passes through. */
function benchOf({ codec, target, notes }: Lane): Bench | undefined {
  const { protocol, fidelity } = codec;
  return fidelity === undefined ? undefined : { protocol, takes: fidelity.takes, dialect: target.dialect, notes };
}

/** The request within the traits of the provider's protocol. */
function fitted(chat: ChatRequest, names: ToolNames, traits: WireTraits, lane: Lane): ChatRequest {
  const { codec, callerCodec, call, target, notes } = lane;
  if (!traits.customTools && chat.tools.some((tool) => tool.kind === "custom" && tool.grammar !== undefined)) {
    notes.note("custom_tools");
  }
  const labelled = withTrueTypes(chat, traits, codec.protocol);
  const own = ownThinking(withPlainRefusals(labelled, codec.family), {
    provider: target.provider,
    kinds: traits.tokens,
    sameFamily: callerCodec.family === codec.family,
    wantsText: target.dialect.reasoningField !== undefined,
    tokenMaker: call.tokenMaker,
    notes,
  });
  const answered = withAnsweredCalls(withWireTools(own, names, traits), {
    insert: traits.answeredCalls,
    inserted: () => notes.note(`${conversationField(call.protocol)} (unanswered call)`),
  });
  const identified = withFittingCallIds(answered, traits.callId);
  return traits.midSystem ? identified : withFoldedSystem(identified);
}

/** What the caller's protocol calls the conversation. */
function conversationField(protocol: Protocol): string {
  switch (protocol) {
    case "openai-responses":
    case "openai-count-tokens":
    case "openai-embeddings":
      return "input";
    case "gemini-generate":
    case "gemini-count-tokens":
    case "gemini-embeddings":
      return "contents";
    case "openai-completions":
      return "prompt";
    case "openai-chat":
    case "anthropic-messages":
    case "anthropic-count-tokens":
      return "messages";
  }
}
