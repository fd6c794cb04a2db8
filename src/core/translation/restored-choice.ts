import type { ChatEvent } from "#core/chat/event.ts";
import { InputUnwrapper } from "#core/translation/input-unwrapper.ts";
import { StopCutter } from "#core/translation/stop-cutter.ts";
import type { ToolIdentity } from "#core/translation/tool-names.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";

type EventOf<Type extends ChatEvent["type"]> = Extract<ChatEvent, { type: Type }>;
type Aside = EventOf<"citation"> | EventOf<"logprobs">;

/** One alternative answer on its way to the caller. Every method adds what is to be seen to `out`. */
export class RestoredChoice {
  readonly #choice: number;
  readonly #provider: string;
  readonly #cutter: StopCutter | undefined;
  readonly #unwrappers = new Map<number, InputUnwrapper>();
  /** What belongs to text that is held back. */
  #asides: Aside[] = [];
  /** Thoughts were shown that no token has ended. */
  #isThinking = false;
  /** A stop text was met: the answer is over, whatever comes. */
  #isCut = false;
  #isFinished = false;

  constructor(choice: number, { provider, stops }: { readonly provider: string; readonly stops: readonly string[] }) {
    this.#choice = choice;
    this.#provider = provider;
    this.#cutter = stops.length === 0 ? undefined : new StopCutter(stops);
  }

  /** A stop text was met. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** It was said why it ended. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Nothing is under way that other content would end. */
  get isQuiet(): boolean {
    return this.isAtRest && !this.#isThinking;
  }

  /** Nothing is held back or taken apart. */
  get isAtRest(): boolean {
    return !this.#isCut && this.#unwrappers.size === 0 && this.#cutter?.isHolding !== true;
  }

  /** Thoughts are under way and nothing else. */
  get isOnlyThinking(): boolean {
    return this.isAtRest && this.#isThinking;
  }

  text(event: EventOf<"text">, out: ChatEvent[]): void {
    if (this.#isCut) return;
    this.#endCalls(out);
    this.#endThinking(out);
    if (this.#cutter === undefined) {
      out.push(event);
      return;
    }
    this.#say(this.#cutter.push(event.text), out);
    if (this.#cutter.matched !== undefined) this.#stopAt(this.#cutter.matched, out);
    else if (!this.#cutter.isHolding) this.#releaseAsides(out);
  }

  aside(event: Aside, out: ChatEvent[]): void {
    if (this.#isCut) return;
    if (this.#cutter?.isHolding === true) this.#asides.push(event);
    else out.push(event);
  }

  thinking(event: EventOf<"reasoning">, out: ChatEvent[]): void {
    if (this.#isCut) return;
    this.#endText(out);
    this.#endCalls(out);
    this.#isThinking = true;
    out.push(event);
  }

  thought(event: EventOf<"reasoning-token">, out: ChatEvent[]): void {
    if (this.#isCut) return;
    this.#endText(out);
    this.#endCalls(out);
    this.#isThinking = false;
    out.push(event);
  }

  refusal(event: EventOf<"refusal">, out: ChatEvent[]): void {
    if (this.#isCut) return;
    this.settle(out);
    out.push(event);
  }

  /** A call begins. `tool` is the caller's own where its name or form differs. */
  call(event: EventOf<"tool-call">, id: string, tool: ToolIdentity | undefined, out: ChatEvent[]): void {
    if (this.#isCut) return;
    this.#endText(out);
    this.#endThinking(out);
    this.#endWholeCalls(out);
    if (tool === undefined) {
      out.push(id === event.id ? event : { ...event, id });
      return;
    }
    const { namespace: _, ...rest } = event;
    const home = tool.namespace === undefined ? {} : { namespace: tool.namespace };
    const isWrapped = tool.custom && event.form !== "custom";
    if (isWrapped) this.#unwrappers.set(event.call, new InputUnwrapper());
    out.push({ ...rest, id, name: tool.name, ...home, ...(isWrapped ? { form: "custom" as const } : {}) });
  }

  argumentsOf(event: EventOf<"tool-arguments">, out: ChatEvent[]): void {
    if (this.#isCut) return;
    const unwrapper = this.#unwrappers.get(event.call);
    if (unwrapper === undefined) out.push(event);
    else this.#sayInput(event.call, unwrapper.push(event.text), out);
  }

  finish(event: EventOf<"finish">, out: ChatEvent[]): void {
    this.settle(out);
    if (!this.#isFinished) out.push(event);
    this.#isFinished = true;
  }

  /** Says what is left of all that is under way. */
  settle(out: ChatEvent[]): void {
    this.#endText(out);
    this.#endCalls(out);
    this.#endThinking(out);
  }

  #stopAt(stopSequence: string, out: ChatEvent[]): void {
    this.#isCut = true;
    this.#isFinished = true;
    this.#asides = [];
    out.push({ type: "finish", choice: this.#choice, reason: "stop", raw: "stop", stopSequence });
  }

  #endText(out: ChatEvent[]): void {
    if (this.#cutter?.isHolding === true) this.#say(this.#cutter.flush(), out);
    this.#releaseAsides(out);
  }

  #releaseAsides(out: ChatEvent[]): void {
    if (this.#asides.length === 0) return;
    out.push(...this.#asides);
    this.#asides = [];
  }

  /** Marks thoughts without a token as this provider's, so that they never come back to another. */
  #endThinking(out: ChatEvent[]): void {
    if (!this.#isThinking) return;
    this.#isThinking = false;
    const data = wrapToken({ provider: this.#provider, kind: "unsigned", data: "" });
    out.push({ type: "reasoning-token", choice: this.#choice, token: { kind: "signature", data } });
  }

  #endCalls(out: ChatEvent[]): void {
    for (const [call, unwrapper] of this.#unwrappers) this.#sayInput(call, unwrapper.end(), out);
    this.#unwrappers.clear();
  }

  #endWholeCalls(out: ChatEvent[]): void {
    for (const [call, unwrapper] of this.#unwrappers) if (unwrapper.isWhole) this.#sayInput(call, unwrapper.end(), out);
  }

  #say(text: string, out: ChatEvent[]): void {
    if (text !== "") out.push({ type: "text", choice: this.#choice, text });
  }

  #sayInput(call: number, text: string, out: ChatEvent[]): void {
    if (text !== "") out.push({ type: "tool-arguments", choice: this.#choice, call, text });
  }
}
