import { fieldsOf, framesIn } from "../harness/wires/wire.ts";
import { type CallerCall, callerBody } from "./caller-request.ts";
import { pairName, type WireName, wireNames, type WirePair, wires } from "./four-wires.ts";
import type { Scene, Sides } from "./sides.ts";

/** Where a model's answers come from: the prepared upstream, or the load process, which times the first content. */
export type Place = "ready" | "early";

/** The name that callers ask for. */
export function modelOf(provider: WireName, place: Place = "ready"): string {
  return `${place}-${provider}`;
}

/** One provider of each protocol on the upstream, and one of each on a port of 127.0.0.1 where a load process will listen. */
export function translationScene(earlyPort: number): Scene {
  const providers = (origin: string, place: Place): string[] =>
    wireNames.map((name) => {
      const { settings, base } = wires[name];
      return `[provider.${modelOf(name, place)}]\n${settings}\nbase_url = ${origin}${base}\napi_key = upstream-key\n`;
    });
  const routes = wireNames.flatMap((name) =>
    (["ready", "early"] as const).map((place) => {
      const model = modelOf(name, place);
      return `${model} = ${model}/${wires[name].model}\n`;
    }),
  );
  return {
    upstream: "four-providers-upstream.ts",
    providers: (origin) =>
      [
        ...providers(origin, "ready"),
        ...providers(`http://127.0.0.1:${earlyPort}`, "early"),
        "[routes]\n",
        ...routes,
      ].join(""),
  };
}

/** A call of a pair. */
export function callOf(pair: WirePair, call: Pick<CallerCall, "streamed" | "conversation">, place?: Place): CallerCall {
  return { client: pair.client, model: modelOf(pair.provider, place), ...call };
}

/** Rejects unless the gateway answers calls of this pair well, streamed and whole, short and long: refusals are fast. */
export async function checkAnswer({ gateway }: Sides, pair: WirePair): Promise<void> {
  const { wire } = wires[pair.client];
  for (const streamed of [true, false]) {
    for (const conversation of ["short", "long"] as const) {
      const call = callOf(pair, { streamed, conversation });
      const answer = await fetch(`http://127.0.0.1:${gateway.port}${wire.path(call.model, streamed)}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${gateway.key}` },
        body: callerBody(call),
      });
      const text = await answer.text();
      const read = (): boolean =>
        (streamed ? wire.streamed(framesIn(text)) : wire.whole(fieldsOf(JSON.parse(text)))).isWhole;
      if (answer.status !== 200 || !read()) {
        throw new Error(`${pairName(pair)}: ${answer.status} ${text.slice(0, 500)}`);
      }
    }
  }
}
