/** L16: the books against the bill that the providers keep themselves. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { postJson } from "../../harness/client.ts";
import { eventually } from "../../harness/eventually.ts";
import { FakeUpstream, type RecordedCall } from "../../harness/fake-upstream.ts";
import { FrameReader } from "../../harness/frame-reader.ts";
import { type GatewayUnderTest, startGateway } from "../../harness/gateway.ts";
import { bookedRows, budgetNow, createBudget, setPrice, sumOf } from "../../harness/money.ts";
import { chunk, failure, type UpstreamScript } from "../../harness/upstream-script.ts";

/** `make test-long` makes a day of 10,000. A multiple of the number of fates: each befalls as many calls as the others. */
const calls = Number(process.env["LONG_CALLS"] ?? 2_400);
setDefaultTimeout(120_000 + calls * 50);

/** Halves of nano-dollars a token, so that every call rounds: 37.5 and 150.5 dollars a billion. */
const price = { input: "0.0375", output: "0.1505" };
const halvesPerToken = { input: 75n, output: 301n };

/** What becomes of a call, as its text says. */
const fates = ["whole", "streamed", "left", "left-unanswered", "broken", "refused", "retried", "fallen-back"] as const;
type Fate = (typeof fates)[number];

/** A provider that counts by a rule known to both sides and charges for what it answered, whoever reads it. */
class BillingProvider {
  readonly upstream = new FakeUpstream();
  readonly #refusing: readonly Fate[];
  readonly #tried = new Set<string>();
  billedNanos = 0n;

  constructor(refusing: readonly Fate[]) {
    this.#refusing = refusing;
    this.upstream.script((call) => this.#answer(call));
  }

  /** Whether the call of this number has come here. */
  wasAsked(index: number): boolean {
    return this.#tried.has(String(index));
  }

  #answer(call: RecordedCall): UpstreamScript {
    const text = JSON.stringify(call.json()["messages"]);
    const [, fate = "whole", id = "", words = "1", prompt = ""] = /([a-z-]+)#(\d+)#(\d+)#(x*)/.exec(text) ?? [];
    const input = Math.ceil(`${fate}#${id}#${words}#${prompt}`.length / 3.6);
    const output = Number(words);
    const isFirst = !this.#tried.has(id);
    this.#tried.add(id);
    if (this.#refusing.some((refused) => refused === fate)) return failure(500, "Down.");
    const said = Array.from({ length: output }, () => chunk({ content: " a" }));
    switch (fate) {
      case "retried":
        if (isFirst) return failure(429, "Too many.", { "retry-after-ms": "1" });
        break;
      case "left":
        this.#charge(input, output);
        return { events: said, end: "hang" };
      case "left-unanswered":
        this.#charge(input, 0);
        return { headDelayMs: Number.POSITIVE_INFINITY };
      case "broken":
        this.#charge(input, output);
        return { events: said, end: "cut" };
      default:
        break;
    }
    this.#charge(input, output);
    const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
    if (call.json()["stream"] === true) {
      return { events: [...said, chunk({}, "stop"), { ...chunk({}), choices: [], usage }, "[DONE]"] };
    }
    const message = { role: "assistant", content: " a".repeat(output) };
    const choices = [{ index: 0, message, finish_reason: "stop" }];
    return { body: { id: "x", object: "chat.completion", created: 1, model: "test-model", choices, usage } };
  }

  /** Each call is rounded once, half to even. */
  #charge(input: number, output: number): void {
    const halves = BigInt(input) * halvesPerToken.input + BigInt(output) * halvesPerToken.output;
    const down = halves / 2n;
    this.billedNanos += halves % 2n === 0n || down % 2n === 0n ? down : down + 1n;
  }
}

const first = new BillingProvider(["refused", "fallen-back"]);
const second = new BillingProvider(["refused"]);
let gateway: GatewayUnderTest;

beforeAll(async () => {
  const ini =
    "[gateway]\nmax_retries = 3\n[circuit_breaker]\nthreshold = 0\nfailure_rate = 0\n[routes]\ntest-model = first, second\n";
  gateway = await startGateway({ upstreams: { first: first.upstream, second: second.upstream }, ini });
  await setPrice(gateway, "test-model", price);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  first.upstream.stop();
  second.upstream.stop();
});

/** Makes one call and does with its answer as its fate wants; nothing is left open. */
async function call(index: number): Promise<void> {
  const fate = fates[index % fates.length] ?? "whole";
  const words = 1 + (index % 23);
  const content = `${fate}#${index}#${words}#${"x".repeat(index % 97)}`;
  const isStreamed = fate === "streamed" || fate === "left" || fate === "broken" || index % 3 === 0;
  const speaksAnthropic = index % 5 === 0;
  const messages = [{ role: "user", content }];
  const body = { model: "test-model", max_tokens: 200, messages, ...(isStreamed ? { stream: true } : {}) };
  const path = speaksAnthropic ? "/v1/messages" : "/v1/chat/completions";
  const leaving = new AbortController();
  const asking = postJson(`${gateway.url}${path}`, body, { signal: leaving.signal });
  if (fate === "left-unanswered") {
    await eventually("a provider is asked", () => first.wasAsked(index) || second.wasAsked(index), 30_000);
    leaving.abort();
    await asking.catch(() => undefined);
    return;
  }
  const answer = await asking;
  if (fate !== "left") return void (await answer.text());
  const reader = new FrameReader(answer);
  for (let read = 0; read < words;) {
    const frame = await reader.next();
    if (frame === undefined) throw new Error(`The stream of call ${index} ended by itself.`);
    read += (/"(?:text|content)":"((?: a)+)"/.exec(frame)?.[1]?.length ?? 0) / 2;
  }
  leaving.abort();
}

test("L16: what the books charge and bear is the providers' own bill, to the nano-dollar", async () => {
  const budget = await createBudget(gateway, { scope: "org", limit_usd: "1000" });
  const workers = 23;
  const work = async (worker: number): Promise<void> => {
    for (let index = worker; index < calls; index += workers) await call(index);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  const rows = await eventually(
    "every row",
    () => {
      const all = bookedRows(gateway);
      return all.length === calls ? all : undefined;
    },
    30_000,
  );
  const outcomes = Object.groupBy(rows, (row) => String(row["outcome"]));
  const [finished = [], aborted = []] = [outcomes["finished"], outcomes["aborted"]];
  // How many are tried again is the retry budget's to say; some are, and some are answered by another provider.
  expect(aborted).toHaveLength((calls / fates.length) * 2);
  expect(finished.length).toBeGreaterThan((calls / fates.length) * 3);
  expect(finished.filter((row) => row["attempts"] === 3n).length).toBeGreaterThan(10);
  expect(finished.filter((row) => row["provider"] === "second").length).toBeGreaterThan(10);
  const [charged, borne] = [sumOf(rows, "cost_nanos"), sumOf(rows, "overhead_nanos")];
  expect(borne).toBeGreaterThan(0n);
  expect(charged + borne).toBe(first.billedNanos + second.billedNanos);
  const { spent_nanos: spent, reserved_usd: reserved } = await budgetNow(gateway, budget);
  expect([BigInt(spent), reserved]).toEqual([charged, "0"]);
});
