import type { CallableTool, ChatRequest } from "#core/chat/request.ts";
import { stableHash } from "#core/wire/stable-hash.ts";
import type { WireTraits } from "#core/wire/codec.ts";

/** A tool as the caller knows it. */
export interface ToolIdentity {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly custom: boolean;
}

type NameTraits = Pick<WireTraits, "toolName" | "namespaces" | "customTools">;

/**
 * The names of one request's tools on the wire and back. A name that fits stays, others lose foreign characters and what is
 * too long; no two tools get the same. The same conversation, grown longer, gives the same names.
 */
export class ToolNames {
  readonly #traits: NameTraits;
  readonly #wireNames = new Map<string, string>();
  readonly #identities = new Map<string, ToolIdentity>();
  readonly #namesakes = new Map<string, string[]>();

  constructor(chat: ChatRequest, traits: NameTraits) {
    this.#traits = traits;
    const declared = chat.tools.filter((tool): tool is CallableTool => tool.kind !== "hosted").map(identityOf);
    // Who already fits keeps the name, wherever it stands in the list.
    for (const tool of declared) if (this.#fits(this.#flat(tool))) this.#add(tool);
    for (const tool of declared) this.#add(tool);
    for (const { parts } of chat.messages) {
      for (const part of parts) {
        if (part.type === "tool-call") this.#add({ ...part, custom: part.form === "custom" });
      }
    }
  }

  /** The name on the wire; of a tool that is neither declared nor called, what would become of it. */
  wireName(name: string, namespace: string | undefined): string {
    return this.#wireNames.get(keyOf(name, namespace)) ?? this.#fitting(this.#flat({ name, namespace, custom: false }));
  }

  /** Names on the wire of all tools of this name, whatever their namespace. */
  wireNames(name: string): readonly string[] {
    return this.#namesakes.get(name) ?? [this.wireName(name, undefined)];
  }

  /** The caller's tool behind a name on the wire; undefined where nothing is to be restored. */
  restored(wireName: string, namespace: string | undefined): ToolIdentity | undefined {
    const identity = this.#identities.get(keyOf(wireName, this.#traits.namespaces ? namespace : undefined));
    if (identity === undefined) return undefined;
    const unwraps = identity.custom && !this.#traits.customTools;
    const renamed = identity.name !== wireName || (identity.namespace !== undefined && !this.#traits.namespaces);
    return unwraps || renamed ? identity : undefined;
  }

  #add(tool: ToolIdentity): void {
    const key = keyOf(tool.name, tool.namespace);
    if (this.#wireNames.has(key)) return;
    const space = this.#traits.namespaces ? tool.namespace : undefined;
    const flat = this.#flat(tool);
    let wireName = this.#fitting(flat);
    for (let attempt = 0; this.#identities.has(keyOf(wireName, space)); attempt += 1) {
      wireName = this.#hashed(this.#sanitized(flat), stableHash(`${attempt}\n${key}`));
    }
    this.#wireNames.set(key, wireName);
    const namesakes = this.#namesakes.get(tool.name);
    if (namesakes === undefined) this.#namesakes.set(tool.name, [wireName]);
    else namesakes.push(wireName);
    this.#identities.set(keyOf(wireName, space), {
      name: tool.name,
      custom: tool.custom,
      ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }),
    });
  }

  #flat({ name, namespace }: ToolIdentity): string {
    return namespace === undefined || this.#traits.namespaces ? name : `${namespace}__${name}`;
  }

  #fits(name: string): boolean {
    const { pattern, most } = this.#traits.toolName;
    return name.length <= most && pattern.test(name);
  }

  #fitting(name: string): string {
    if (this.#fits(name)) return name;
    const clean = this.#sanitized(name);
    return this.#fits(clean) ? clean : this.#hashed(clean, stableHash(name));
  }

  #sanitized(name: string): string {
    const clean = name.replace(/[^A-Za-z0-9_-]/g, "_");
    // Some want a letter or an underscore in front.
    return /^[A-Za-z_]/.test(clean) || this.#fits(clean) ? clean : `_${clean}`;
  }

  #hashed(clean: string, hash: string): string {
    const mark = `_${hash.slice(-8)}`;
    return clean.slice(0, this.#traits.toolName.most - mark.length) + mark;
  }
}

function identityOf({ name, namespace, kind }: CallableTool): ToolIdentity {
  return { name, namespace, custom: kind === "custom" };
}

function keyOf(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}\n${name}`;
}
