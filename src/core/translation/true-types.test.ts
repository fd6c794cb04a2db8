import { expect, test } from "bun:test";
import type { MediaPart, Message } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import { translated } from "#core/translation/lane.test-data.ts";

const png = "iVBORw0KGgoAAAANSUhEUgAA";
const heic = btoa("\0\0\0\x18ftypheic\0\0\0\0");
const media = (kind: MediaPart["kind"], mimeType: string, base64: string): MediaPart => ({
  type: "media",
  kind,
  source: { type: "data", mimeType, base64 },
  path: "messages[0].content[1]",
});
const shown = (part: MediaPart, heicToo: boolean = true): unknown => {
  const call = { type: "tool-call", id: "c1", name: "f", form: "function", argumentsText: "{}" } as const;
  const messages: readonly Message[] = [
    { role: "user", parts: [part] },
    { role: "assistant", parts: [call] },
    { role: "tool", parts: [{ type: "tool-result", callId: "c1", parts: [{ type: "text", text: "a" }, part] }] },
  ];
  const { chat } = translated({ messages }, { target: { traits: { heic: heicToo } } });
  const [user, , tool] = chat.messages;
  const [result] = tool?.parts ?? [];
  const [said] = user?.parts ?? [];
  expect<unknown>(result?.type === "tool-result" && result.parts[1]).toEqual(said);
  return said?.type === "media" && said.source.type === "data" ? said.source.mimeType : undefined;
};

test("a picture goes to every provider under the type of its bytes, in a result too", () => {
  expect(shown(media("image", "image/jpeg", png))).toBe("image/png");
  expect(shown(media("image", "", png))).toBe("image/png");
  expect(shown(media("image", "image/jpeg", "AAAA"))).toBe("image/jpeg");
  expect(shown(media("file", "application/pdf", png))).toBe("image/png");
  expect(shown(media("audio", "audio/mpeg", btoa("RIFF\x10\0\0\0WAVEfmt ")))).toBe("audio/wav");
});

test("what is no picture at all keeps its label", () => {
  expect(shown(media("image", "image/png", btoa("%PDF-1.7 and more")))).toBe("image/png");
});

test("a HEIC picture, whatever its label, goes where it is taken and is refused by path elsewhere", () => {
  for (const part of [media("image", "image/jpeg", heic), media("image", "image/heif", "AAAA")]) {
    expect(shown(part)).toBeOneOf(["image/heic", "image/heif"]);
    try {
      shown(part, false);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(GatewayError);
      expect(thrown).toMatchObject({ code: "unsupported_value", details: { field: "messages[0].content[1]" } });
    }
  }
});
