import { chunkOf, lastChunk, responseHead, serveAnswers } from "./answering-server.ts";
import { callerRequest } from "./caller-request.ts";
import { type LoadPlan, type LoadResult, nothingMeasured } from "./load-plan.ts";
import { RawConnection } from "#platform/bench/raw-connection.ts";
import { firstWord, framesOf, textAnswer } from "./scripted-streams.ts";
import { quantile } from "#core/bench/statistics.ts";

/** Between the head of an answer, with what comes before its content, and the content. */
const leadMs = 2;
const warmUpCalls = 50;

/**
 * How long the first content of a stream is under way, from the write of the provider to the read of the caller: both are
 * here, so that one clock tells both. What follows is only sent once the first content has arrived.
 */
export async function firstContent(plan: LoadPlan & { mode: "first-content" }): Promise<LoadResult> {
  const frames = framesOf(plan.provider, textAnswer(20));
  const first = frames.findIndex((frame) => Buffer.from(frame).includes(firstWord));
  const lead = Buffer.concat([Buffer.from(responseHead(undefined)), ...frames.slice(0, first).map(chunkOf)]);
  const content = chunkOf(frames[first] ?? lead);
  const rest = Buffer.concat([...frames.slice(first + 1).map(chunkOf), lastChunk]);

  let saidAt = 0;
  let goOn = (): void => {};
  serveAnswers(plan.upstreamPort, ({ write }) => {
    write(lead);
    setTimeout(() => {
      goOn = () => write(rest);
      saidAt = performance.now();
      write(content);
    }, leadMs);
  });

  const request = callerRequest(plan.key, plan.call);
  const latencies: number[] = [];
  let errors = 0;
  let answered = 0;
  let done = (): void => {};
  const connection = await RawConnection.open(plan.port, {
    onBytes: (text) => {
      if (saidAt === 0 || !text.includes(firstWord)) return;
      if (answered >= warmUpCalls) latencies.push(performance.now() - saidAt);
      saidAt = 0;
      goOn();
    },
    onDone: (status) => {
      answered += 1;
      if (status !== 200 || saidAt !== 0) errors += 1;
      done();
    },
    onBroken: () => {
      errors += 1;
      done();
    },
  });
  for (let sent = 0; sent < plan.calls + warmUpCalls && errors === 0; sent += 1) {
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    connection.send(request);
    await finished;
  }
  connection.close();
  return {
    ...nothingMeasured,
    requests: latencies.length,
    errors,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}
