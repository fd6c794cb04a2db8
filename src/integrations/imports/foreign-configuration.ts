/** A provider as another gateway has it. */
export interface ForeignProvider {
  /** What it is called where nothing else is of that name. */
  readonly name: string;
  /** Lines of `[provider.NAME]`. */
  readonly keys: Readonly<Record<string, string>>;
}

/** What one model may take. */
export type Capacity = Readonly<Partial<Record<"max_rps" | "max_tokens_per_sec" | "max_concurrent", number>>>;

const capacityNote =
  "Capacities of models count once scheduling.enabled is true, those in tokens with scheduling.capacity_model = multi_dimensional.";

/** Gathers providers, capacities, routes and settings, and writes them as INI. */
export class ForeignConfiguration {
  readonly #source: string;
  /** Names by what the provider says: the same account is one provider, however often it is listed. */
  readonly #names = new Map<string, string>();
  readonly #providers = new Map<string, ForeignProvider["keys"]>();
  readonly #models = new Map<string, Capacity>();
  readonly #routes = new Map<string, string>();
  readonly #gateway = new Map<string, string>();
  readonly notes: string[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  /** The name that a provider has here. */
  provider({ name, keys }: ForeignProvider): string {
    const identity = JSON.stringify(Object.entries(keys).toSorted());
    const known = this.#names.get(identity);
    if (known !== undefined) return known;
    const base =
      name
        .toLowerCase()
        .replace(/[^a-z0-9_-]+/g, "-")
        .replace(/^-+|-+$/g, "") || "provider";
    let free = base;
    for (let number = 2; this.#providers.has(free); number += 1) free = `${base}-${number}`;
    this.#names.set(identity, free);
    this.#providers.set(free, keys);
    return free;
  }

  capacity(provider: string, model: string, capacity: Capacity): void {
    if (Object.keys(capacity).length === 0) return;
    if (/[\p{Cc}\u2028\u2029[\]]/u.test(model)) {
      this.notes.push(`The capacity of ${JSON.stringify(model)} was left out: no section can have such a name.`);
      return;
    }
    if (this.#models.size === 0) this.notes.push(capacityNote);
    this.#models.set(`provider.${provider}.${model}`, capacity);
  }

  /** A route; a later one of the same name is left out. */
  route(pattern: string, pools: string): void {
    if (/[=\n\r[\]#;"']/.test(pattern) || pattern.trim() !== pattern || pattern === "") {
      this.notes.push(`The model name ${JSON.stringify(pattern)} cannot be the name of a route.`);
    } else if (this.#routes.has(pattern)) this.notes.push(`${pattern} has a route already; another was left out.`);
    else this.#routes.set(pattern, pools);
  }

  gateway(key: string, value: string): void {
    this.#gateway.set(key, value);
  }

  get text(): string {
    const sections: string[] = [];
    const section = (name: string, lines: Iterable<readonly [string, string | number]>): void => {
      const written = [...lines].map(([key, value]) => `${key} = ${iniValue(String(value))}`);
      if (written.length > 0) sections.push([`[${name}]`, ...written].join("\n"));
    };
    section("gateway", this.#gateway);
    for (const [name, keys] of this.#providers) section(`provider.${name}`, Object.entries(keys));
    for (const [name, capacity] of this.#models) section(name, Object.entries(capacity));
    section("routes", this.#routes);
    return sections.length === 0 ? "" : `; Taken over from ${this.#source}.\n${sections.join("\n\n")}\n`;
  }
}

/** Quoted where a reader would take it for something else. */
function iniValue(value: string): string {
  const flat = value.replace(/\s*[\r\n]+\s*/g, " ");
  const bare = flat.trim() === flat && !/^["'#;]|\s[#;]/.test(flat);
  return bare ? flat : `"${flat.replace(/["\\]/g, "\\$&")}"`;
}
