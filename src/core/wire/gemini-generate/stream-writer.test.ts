import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "#core/chat/event.ts";
import { GatewayError } from "#core/errors.ts";
import { geminiGenerateCodec as codec } from "#core/wire/gemini-generate/codec.ts";
import {
  bytes,
  contextOf,
  cuts,
  decodePieces,
  frames,
  hello,
  meaning,
  text,
  writeStream,
} from "#core/wire/gemini-generate/gemini.test-data.ts";

describe("writing a stream", () => {
  const dataOf = (stream: string) =>
    stream
      .split("\r\n\r\n")
      .filter((frame) => frame !== "")
      .map((frame) => JSON.parse(frame.slice(6)));

  test("pitfall 59: every event begins with data:, nothing names events, no [DONE], a blank line at the end", () => {
    const stream = writeStream(meaning);
    expect(stream).not.toContain("event:");
    expect(stream).not.toContain("[DONE]");
    expect(stream.endsWith("}\r\n\r\n")).toBe(true);
    for (const frame of stream.split("\r\n\r\n").slice(0, -1)) expect(frame.startsWith("data: {")).toBe(true);
  });

  test("says why it ended and what it cost in the last frame alone", () => {
    const written = dataOf(writeStream(meaning));
    const ends = written.map((frame) => [frame.candidates[0].finishReason, frame.usageMetadata?.totalTokenCount]);
    expect(
      ends
        .slice(0, -1)
        .flat()
        .filter((said) => said !== undefined),
    ).toEqual([]);
    expect(ends.at(-1)).toEqual(["STOP", 5]);
    for (const frame of written) expect([frame.modelVersion, frame.responseId]).toEqual(["gemini-x", "abc"]);
  });

  test("a translated answer has an id of ours in every frame and in the body, whatever its provider called it", () => {
    const events: readonly ChatEvent[] = [{ type: "start", id: "msg_7" }, ...meaning];
    const whole = JSON.parse(text(codec.encodeWhole(events, contextOf())));
    const ids = [whole, ...dataOf(writeStream(events))].map(({ responseId }) => responseId);
    expect(new Set(ids)).toEqual(new Set(["abc"]));
  });

  test("T-02 calls wait until they are whole, with their signature, also when their arguments interleave", () => {
    const events: ChatEvent[] = [
      { type: "reasoning-token", choice: 0, token: { kind: "thought", data: "s" } },
      { type: "tool-call", choice: 0, call: 0, id: "1", name: "f" },
      { type: "tool-call", choice: 0, call: 1, id: "2", name: "g" },
      { type: "tool-arguments", choice: 0, call: 0, text: '{\n  "a":' },
      { type: "tool-arguments", choice: 0, call: 1, text: '{"b' },
      { type: "tool-arguments", choice: 0, call: 0, text: "12345678901234567890}" },
      { type: "finish", choice: 0, reason: "tool_calls", raw: "tool_calls" },
      { type: "end" },
    ];
    const stream = writeStream(events);
    expect(stream).toContain('"args":{   "a":12345678901234567890}},"thoughtSignature":"s"}');
    expect(dataOf(stream)[0].candidates[0].content.parts[1]).toEqual({
      functionCall: { id: "2", name: "g", args: { _raw: '{"b' } },
    });
    expect(dataOf(stream).at(-1).candidates[0].finishReason).toBe("STOP");
  });

  test("a signature that no call claims stands on an empty text", () => {
    const parts = dataOf(
      writeStream([
        { type: "text", choice: 0, text: "a" },
        { type: "reasoning-token", choice: 0, token: { kind: "thought", data: "s" } },
        { type: "finish", choice: 0, reason: "stop", raw: "stop" },
        { type: "end" },
      ]),
    ).flatMap((frame) => frame.candidates[0].content.parts);
    expect(parts).toEqual([{ text: "a" }, { text: "", thoughtSignature: "s" }, { text: "" }]);
  });

  test("pitfall 65: output is told without thoughts, the total with them", () => {
    const counts = { inputTokens: 10, cachedTokens: 4, outputTokens: 9, reasoningTokens: 6 };
    const [frame] = dataOf(writeStream([{ type: "usage", usage: counts }, { type: "end" }]));
    expect(frame.usageMetadata).toEqual({
      promptTokenCount: 10,
      candidatesTokenCount: 3,
      totalTokenCount: 19,
      cachedContentTokenCount: 4,
      thoughtsTokenCount: 6,
    });
  });

  test("refusals end in SAFETY, with the words that were said; Gemini's own reason stays", () => {
    const refused = (raw: string, reason: "content_filter" | "refusal" | "stop") =>
      dataOf(
        writeStream([
          { type: "refusal", choice: 0, text: "no" },
          { type: "finish", choice: 0, reason, raw },
          { type: "end" },
        ]),
      );
    expect(refused("refusal", "refusal")[0].candidates[0].content.parts).toEqual([{ text: "no" }]);
    expect(refused("refusal", "refusal").at(-1).candidates[0].finishReason).toBe("SAFETY");
    expect(refused("stop", "stop").at(-1).candidates[0].finishReason).toBe("SAFETY");
    expect(refused("SPII", "content_filter").at(-1).candidates[0].finishReason).toBe("SPII");
  });

  test("pitfall 57, T-10: a failure never looks like an end, and nothing follows it", () => {
    for (const jsonArray of [false, true]) {
      const writer = codec.createWriter(contextOf(jsonArray));
      const said = text(writer.event({ type: "text", choice: 0, text: "a" }));
      const failed = text(
        writer.fail(new GatewayError("upstream_truncated", "The provider's stream stopped before its end.")),
      );
      expect(failed).not.toContain("finishReason");
      expect(failed).toContain('"error":{"code":502,');
      expect(
        [writer.event({ type: "end" }), writer.heartbeat(), writer.fail(new GatewayError("internal", ""))].map(text),
      ).toEqual(["", "", ""]);
      if (jsonArray) expect(JSON.parse(said + failed)).toHaveLength(2);
    }
  });

  test("heartbeats and comments are none of Gemini's clients' business", () => {
    const writer = codec.createWriter(contextOf());
    expect(text(writer.heartbeat())).toBe(": keep-alive\r\n\r\n");
    expect(text(writer.comment("dropped: seed"))).toBe(": dropped: seed\r\n\r\n");
    expect(text(writer.comment("dropped: a\r\n\r\ndata: b"))).toBe(": dropped: a data: b\r\n\r\n");
    expect(writer.contentType).toBe("text/event-stream");
  });
});

describe("a stream without alt=sse", () => {
  test("pitfall 60: is a valid JSON array, delivered piecewise, heartbeats inside", () => {
    const writer = codec.createWriter(contextOf(true));
    const pieces = meaning.flatMap((event) => [text(writer.heartbeat()), text(writer.event(event))]);
    const elements = JSON.parse(pieces.join(""));
    expect(writer.contentType).toBe("application/json");
    expect(elements.length).toBeGreaterThan(2);
    expect(elements).toEqual(
      writeStream(meaning)
        .split("\r\n\r\n")
        .filter((frame) => frame !== "")
        .map((frame) => JSON.parse(frame.slice(6))),
    );
    expect(pieces.find((piece) => piece.startsWith("[{"))).toContain('"T"');
  });

  test("pitfall 60: of a provider's own frames is the array of what they say, however they were cut", () => {
    fc.assert(
      fc.property(cuts(`: note\r\n\r\n${frames(...hello)}`), (chunks) => {
        const writer = codec.createWriter(contextOf(true));
        const out = decodePieces(chunks).map((piece) => text(writer.raw({ ...piece, raw: piece.raw ?? bytes("") })));
        expect(JSON.parse(out.join(""))).toEqual(hello);
      }),
    );
  });

  test("pitfall 60: stays valid when it fails before or after its first element, and when it is empty", () => {
    const failure = new GatewayError("upstream_timeout", "Too slow.");
    const [early, late, empty] = [0, 1, 2].map(() => codec.createWriter(contextOf(true)));
    expect(JSON.parse(text(early?.fail(failure) ?? bytes("")))).toMatchObject([
      { error: { status: "DEADLINE_EXCEEDED" } },
    ]);
    const raw = late?.raw({ events: [], raw: bytes(frames(hello[0])) });
    expect(JSON.parse(text(raw ?? bytes("")) + text(late?.fail(failure) ?? bytes("")))).toHaveLength(2);
    expect(JSON.parse(text(empty?.event({ type: "end" }) ?? bytes("")))).toEqual([]);
  });
});
