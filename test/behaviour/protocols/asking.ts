import type { Pair, Sending, SixteenPairs } from "../../harness/wires/pairs.ts";
import { type Fields, fieldsOf } from "../../harness/wires/wire.ts";
import { objectsOf } from "../../harness/scripted-answer.ts";

/** The four protocols by a short name, as callers and as providers. */
export const protocols = ["chat", "responses", "anthropic", "gemini"] as const;
/** One of them. */
export type Protocol = (typeof protocols)[number];

/** The protocols but for these. */
export function others(...left: readonly Protocol[]): Protocol[] {
  return protocols.filter((protocol) => !left.includes(protocol));
}

/** Every caller with every provider of another protocol. */
export const foreign: readonly (readonly [Protocol, Protocol])[] = protocols.flatMap((caller) =>
  others(caller).map((provider) => [caller, provider] as const),
);

/** Finds a pair by the short names of its protocols. */
export function finder({ table }: SixteenPairs): (caller: Protocol, provider: Protocol) => Pair {
  return (caller, provider) => {
    const place = protocols.indexOf(caller) * protocols.length + protocols.indexOf(provider);
    const found = table[place];
    if (found === undefined) throw new Error(`no pair ${caller} -> ${provider}`);
    return found[1];
  };
}

/** Sends a body and gives the body that reached the provider; throws when the answer is not 200. */
export async function sentBy(pair: Pair, body: Fields, sending?: Sending): Promise<Fields> {
  pair.provider.holds([{ text: "Hello!" }]);
  const told = await pair.send(body, sending);
  if (told.status !== 200) throw new Error(`${told.status} ${told.raw}`);
  return pair.heard().json();
}

/** What stands at a path of keys and places, as `tools.0.function`; undefined where the path leads nowhere. */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inside, key) => {
    return typeof inside === "object" && inside !== null ? Reflect.get(inside, key) : undefined;
  }, value);
}

/** A tool as a provider was sent it. */
export interface SentTool {
  readonly name: unknown;
  readonly schema: unknown;
  readonly strict: unknown;
}

/** The tools of a body that a provider was sent. */
export function sentTools(body: Fields): SentTool[] {
  const declared = objectsOf(body["tools"]).flatMap((one) => {
    const several = objectsOf(one["functionDeclarations"]);
    return several.length > 0 ? several : [one["function"] === undefined ? one : fieldsOf(one["function"])];
  });
  return declared.map((one) => ({
    name: one["name"],
    schema: one["parametersJsonSchema"] ?? one["parameters"] ?? one["input_schema"],
    strict: one["strict"],
  }));
}
