import { describe, expect, test } from "bun:test";
import { type BodySource, type Flushable, pauseAboveBytes, ResponseBody } from "#platform/upstream/response-body.ts";

class RecordedSource implements BodySource {
  readonly calls: string[] = [];
  readonly waiting: Flushable[] = [];
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  abandon(): void {
    this.calls.push("abandon");
  }
  pending(body: Flushable): void {
    this.calls.push("pending");
    this.waiting.push(body);
  }
  endTurn(): void {
    for (const body of this.waiting.splice(0)) body.flush();
  }
}

function bodyAndSource(): { body: ResponseBody; source: RecordedSource } {
  const source = new RecordedSource();
  return { body: new ResponseBody(source), source };
}

const piece = (size: number): Uint8Array => new Uint8Array(size);

describe("a body", () => {
  test("pauses its source once above the mark, and lets it go on when nearly all is read", async () => {
    const { body, source } = bodyAndSource();
    const size = pauseAboveBytes / 4;
    for (let count = 0; count < 4; count++) body.push(piece(size));
    expect(source.calls).toEqual([]);
    body.push(piece(1));
    body.push(piece(1));
    expect(source.calls).toEqual(["pause"]);
    for (let count = 0; count < 3; count++) await body.next();
    expect(source.calls).toEqual(["pause"]);
    await body.next();
    expect(source.calls).toEqual(["pause", "resume"]);
  });

  test("never pauses for a reader that waits", async () => {
    const { body, source } = bodyAndSource();
    const next = body.next();
    body.push(piece(2 * pauseAboveBytes));
    source.endTurn();
    expect((await next).value?.length).toBe(2 * pauseAboveBytes);
    expect(source.calls).toEqual(["pending"]);
  });

  test("wakes a waiting reader at the end of the turn, and loses nothing that came after the first piece", async () => {
    const { body, source } = bodyAndSource();
    const next = body.next();
    body.push(piece(1));
    body.push(piece(2));
    body.fail(new Error("cut"));
    expect(source.calls).toEqual(["pending"]);
    source.endTurn();
    expect((await next).value?.length).toBe(1);
    expect((await body.next()).value?.length).toBe(2);
    await expect(body.next()).rejects.toThrow("cut");
  });

  test("an end in the same turn comes after the piece, an abort instead of it", async () => {
    const whole = bodyAndSource();
    const last = whole.body.next();
    whole.body.push(piece(1));
    whole.body.end();
    whole.source.endTurn();
    expect((await last).value?.length).toBe(1);
    expect((await whole.body.next()).done).toBe(true);
    const aborted = bodyAndSource();
    const never = aborted.body.next();
    aborted.body.push(piece(1));
    aborted.body.abort(new Error("gone"));
    aborted.source.endTurn();
    await expect(never).rejects.toThrow("gone");
  });

  test("gives what arrived before a failure, then the failure once, then the end", async () => {
    const { body } = bodyAndSource();
    body.push(piece(1));
    body.fail(new Error("cut"));
    expect((await body.next()).value?.length).toBe(1);
    await expect(body.next()).rejects.toThrow("cut");
    expect(await body.next()).toEqual({ done: true, value: undefined });
  });

  test("gives nothing after an abort but its reason", async () => {
    const { body } = bodyAndSource();
    body.push(piece(1));
    body.abort(new Error("gone"));
    await expect(body.next()).rejects.toThrow("gone");
  });

  test("tells a waiting reader of end and failure", async () => {
    const ended = bodyAndSource().body;
    const end = ended.next();
    ended.end();
    expect((await end).done).toBe(true);
    const failed = bodyAndSource().body;
    const failure = failed.next();
    failed.fail(new Error("cut"));
    await expect(failure).rejects.toThrow("cut");
  });

  test("left early closes its source; left after the end, it does not", async () => {
    const early = bodyAndSource();
    early.body.push(piece(1));
    for await (const _ of early.body) break;
    expect(early.source.calls).toEqual(["abandon"]);
    const late = bodyAndSource();
    late.body.push(piece(1));
    late.body.end();
    await late.body.return();
    expect(late.source.calls).toEqual([]);
    expect((await late.body.next()).done).toBe(true);
  });

  test("left while a read waits ends that read", async () => {
    const { body, source } = bodyAndSource();
    const next = body.next();
    await body.return();
    expect((await next).done).toBe(true);
    expect(source.calls).toEqual(["abandon"]);
  });

  test("refuses a second reader instead of losing the first", async () => {
    const { body, source } = bodyAndSource();
    const first = body.next();
    await expect(body.next()).rejects.toThrow("one reader");
    body.push(piece(3));
    source.endTurn();
    expect((await first).value?.length).toBe(3);
  });
});
