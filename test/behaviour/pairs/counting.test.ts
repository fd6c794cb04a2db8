/** Tokens counted in every protocol, for every model. */
import { expect, test } from "bun:test";
import { postJson } from "../../harness/client.ts";
import { type Pair, sixteenPairs } from "../../harness/wires/pairs.ts";
import { fieldsOf, objectSchema } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const tools = [{ name: "weather", schema: objectSchema({ city: { type: "string" } }) }];
const question = { text: "How is the weather in the old town of Oslo?", system: "Be short.", tools };
const counting = pairs.table.filter(([, { client }]) => client.count !== undefined);

async function count({ client, provider }: Pair, text: string): Promise<unknown> {
  const { max_tokens: _, ...body } = client.sent(client.begin({ ...question, text }), provider.model, false);
  const response = await postJson(pairs.gateway.url + (client.count?.path(provider.model) ?? ""), body);
  expect(response.status).toBe(200);
  return client.count?.tokens(fieldsOf(await response.json()));
}

test.each(counting)("T-05 %s: a prompt is counted, by the provider where it can", async (_, pair) => {
  const { provider, upstream } = pair;
  provider.holds([{ text: "Never." }]);
  const tokens = await count(pair, question.text);
  // Only chat completions have no call for it: the gateway says what it guesses.
  if (upstream.name === "openai-chat") expect(Number(tokens)).toBeWithin(5, 500);
  else expect(tokens).toBe(42);
  expect(provider.upstream.calls).toHaveLength(upstream.name === "openai-chat" ? 0 : 1);
  expect(provider.calls).toHaveLength(0);
});

test.each(counting)("T-05 %s: a provider that cannot count does not fail the count", async (_, pair) => {
  // From here on it knows no such address.
  pair.provider.upstream.script(pair.provider.speech.failure(404, "Not found."));
  const short = await count(pair, "Short.");
  const long = await count(pair, "Longer. ".repeat(50));
  expect(Number(long)).toBeGreaterThan(Number(short));
});
