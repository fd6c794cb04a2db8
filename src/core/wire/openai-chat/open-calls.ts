import type { ToolCallPart } from "#core/chat/request.ts";

/** Calls of a history that no result has answered yet, in order. Every question takes the same time, however many there are. */
export class OpenCalls {
  readonly #all = new Set<ToolCallPart>();
  readonly #byId = new Map<string, Set<ToolCallPart>>();
  readonly #byName = new Map<string, Set<ToolCallPart>>();

  add(call: ToolCallPart): void {
    this.#all.add(call);
    addTo(this.#byId, call.id, call);
    addTo(this.#byName, call.name, call);
  }

  /** Takes the first call of this id out. */
  takeById(id: string): ToolCallPart | undefined {
    return this.#taken(firstOf(this.#byId.get(id)));
  }

  /** Takes the first call of this name out, else the first of all. */
  takeByName(name: string | undefined): ToolCallPart | undefined {
    const named = name === undefined ? undefined : firstOf(this.#byName.get(name));
    return this.#taken(named ?? firstOf(this.#all));
  }

  #taken(call: ToolCallPart | undefined): ToolCallPart | undefined {
    if (call === undefined) return undefined;
    this.#all.delete(call);
    this.#byId.get(call.id)?.delete(call);
    this.#byName.get(call.name)?.delete(call);
    return call;
  }
}

function addTo(calls: Map<string, Set<ToolCallPart>>, key: string, call: ToolCallPart): void {
  const known = calls.get(key);
  if (known === undefined) calls.set(key, new Set([call]));
  else known.add(call);
}

function firstOf(calls: ReadonlySet<ToolCallPart> | undefined): ToolCallPart | undefined {
  if (calls === undefined) return undefined;
  const [first] = calls;
  return first;
}
