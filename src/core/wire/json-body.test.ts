import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type ErrorCode, GatewayError } from "#core/errors.ts";
import { decodeJsonBody } from "#core/wire/json-body.ts";
import { patchJsonBody } from "#core/wire/json-patch.ts";
import { maxJsonElements } from "#core/wire/json-scan.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const decode = (text: string) => decodeJsonBody(encoder.encode(text));

function refusal(input: string | Uint8Array): GatewayError {
  try {
    decodeJsonBody(typeof input === "string" ? encoder.encode(input) : input);
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown;
    throw thrown;
  }
  throw new Error("was accepted");
}

const code = (input: string | Uint8Array): ErrorCode => refusal(input).code;

describe("decodeJsonBody", () => {
  test("gives the value and where each top-level value lies", () => {
    const text = ' { "model" : "gpt-4o" , "n":12 ,"messages":[{"a":"]}"},"\\"x"], "stream": true } ';
    const body = decode(text);
    const spans = Object.fromEntries([...body.spans].map(([key, { start, end }]) => [key, text.slice(start, end)]));
    expect(spans).toEqual({ model: '"gpt-4o"', n: "12", messages: '[{"a":"]}"},"\\"x"]', stream: "true" });
    expect(body.value["n"]).toBe(12);
  });

  test("spans parse to the value of their key, whatever the object", () => {
    const objects = fc.dictionary(fc.string({ unit: "binary", maxLength: 30 }), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(objects, fc.constantFrom(0, 1, "\t"), (value, indent) => {
        const bytes = encoder.encode(JSON.stringify(value, null, indent));
        const body = decodeJsonBody(bytes);
        expect(body.value).toEqual(JSON.parse(decoder.decode(bytes)));
        expect([...body.spans.keys()].toSorted()).toEqual(Object.keys(body.value).toSorted());
        for (const [key, { start, end }] of body.spans) {
          const part: unknown = JSON.parse(decoder.decode(bytes.subarray(start, end)));
          expect(JSON.stringify(part)).toBe(JSON.stringify(body.value[key]) ?? "");
        }
      }),
    );
  });

  test("F1 a byte order mark is accepted and left out", () => {
    const body = decode('\uFEFF{"model":"m"}');
    expect(decoder.decode(body.bytes)).toBe('{"model":"m"}');
    expect(body.spans.get("model")).toEqual({ start: 9, end: 12 });
  });

  test("F1 a body cut at any byte is refused with where it ends, never echoing it", () => {
    const text = '{"model":"secret","messages":[{"role":"user","content":"a\\u00e9\\"b"}],"n":-1.5e3,"x":[true,null]}';
    for (let length = 0; length < text.length; length += 1) {
      const error = refusal(text.slice(0, length));
      expect(error.code).toBe("invalid_json");
      expect(error.details["offset"]).toBe(length);
      expect(error.message).not.toContain("secret");
    }
  });

  test("F1 what only looks like JSON is refused at the right byte", () => {
    const rows: [string, number][] = [
      ['{"a":1,}', 7],
      ['{"a":NaN}', 5],
      ["{'a':1}", 1],
      ["", 0],
      ['{"a":01}', 6],
      ['{"a":1}x', 7],
      ['{"a":"\n"}', 6],
      ['{"a":"\\x"}', 7],
      ['{"é":tru}', 9],
      ['{"a":[1 2]}', 8],
    ];
    for (const [text, offset] of rows) expect([text, refusal(text).details["offset"]]).toEqual([text, offset]);
  });

  test("F4 nesting of 100,000 levels is refused within 20 ms, 128 levels pass", () => {
    const deep = encoder.encode(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    const began = performance.now();
    expect(code(deep)).toBe("json_too_deep");
    expect(performance.now() - began).toBeLessThan(20);
    expect(decode(`{"a":${"[".repeat(127)}${"]".repeat(127)}}`).spans.size).toBe(1);
    expect(code(`{"a":${"[".repeat(128)}${"]".repeat(128)}}`)).toBe("json_too_deep");
  });

  test("F5 more values than the limit are refused before they are built", () => {
    expect(code(`{"a":[${"1,".repeat(maxJsonElements)}1]}`)).toBe("invalid_request");
    const keys = Array.from({ length: maxJsonElements + 1 }, (_, index) => `"k${index}":1`);
    expect(code(`{${keys.join(",")}}`)).toBe("invalid_request");
  });

  test("F5 a top-level key said twice is refused, also in disguise", () => {
    expect(refusal('{"model":"a","model":"b"}').details).toEqual({ field: "model" });
    expect(refusal('{"model":"a","mod\\u0065l":"b"}').details).toEqual({ field: "model" });
    expect(refusal('{"<b>":1,"<b>":2}').details).toEqual({});
  });

  test("F6 keys that name prototypes are plain data", () => {
    const body = decode('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"model":"m"}');
    expect("polluted" in {}).toBe(false);
    expect(Object.hasOwn(body.value, "__proto__")).toBe(true);
    expect(Object.getPrototypeOf(body.value)).toBe(Object.prototype);
  });

  test("F8 bytes that are not UTF-8 are refused", () => {
    for (const bad of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]]) {
      const bytes = new Uint8Array([...encoder.encode('{"a":"'), ...bad, ...encoder.encode('"}')]);
      expect(code(bytes)).toBe("invalid_utf8");
    }
    expect(decode('{"a":"é"}').value).toEqual({ a: "é" });
  });

  test("only an object is a body", () => {
    for (const text of ["[]", "1", '"text"', "null", '[{"model":"m"}]']) expect(code(text)).toBe("invalid_request");
  });

  test("no bytes at all make it throw anything but a GatewayError", () => {
    const jsonish = fc
      .array(fc.constantFrom(...'{}[]",:\\ \n01eE-+.tfnau'), { maxLength: 40 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          jsonish.map((text) => encoder.encode(text)),
        ),
        (bytes) => {
          try {
            decodeJsonBody(bytes);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(GatewayError);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe("patchJsonBody", () => {
  const patched = (text: string, patch: Parameters<typeof patchJsonBody>[1]) =>
    decoder.decode(patchJsonBody(decode(text), patch));

  test("F7 replaces the model and leaves every other byte alone", () => {
    const body = (model: string) =>
      `{ "seed":1234567890123456789012345678901234567890, "model" : ${model},"x":1e400,"y":-0 ,"z":"\\ud800\\u0000é"}`;
    expect(patched(body('"gpt-4o"'), { model: 'a/"b"-é' })).toBe(body('"a/\\"b\\"-é"'));
  });

  test("a body that needs no change is the same memory", () => {
    const body = decode('{"model":"m","stream_options":{"include_usage":true}}');
    expect(patchJsonBody(body, { model: "m", streamUsage: true })).toBe(body.bytes);
  });

  test("asks for usage wherever the caller left it out", () => {
    const rows: [string, string][] = [
      ['{"model":"m"}', '{"model":"m","stream_options":{"include_usage":true}}'],
      ['{"model":"m"}\n', '{"model":"m","stream_options":{"include_usage":true}}\n'],
      ['{"stream_options":null,"model":"m"}', '{"stream_options":{"include_usage":true},"model":"m"}'],
      ['{"stream_options":{},"model":"m"}', '{"stream_options":{"include_usage":true},"model":"m"}'],
      [
        '{"stream_options":{"include_usage": false ,"x":{}},"model":"m"}',
        '{"stream_options":{"include_usage": true ,"x":{}},"model":"m"}',
      ],
      [
        '{"stream_options":{"include_obfuscation":false} , "model":"m"}',
        '{"stream_options":{"include_obfuscation":false,"include_usage":true} , "model":"m"}',
      ],
    ];
    for (const [from, to] of rows) expect(patched(from, { streamUsage: true })).toBe(to);
  });

  test("both changes in one body, in either order of the keys", () => {
    const both = { model: "new", streamUsage: true };
    expect(patched('{"stream_options":{"include_usage":false},"model":"m"}', both)).toBe(
      '{"stream_options":{"include_usage":true},"model":"new"}',
    );
    expect(patched('{"model":"m","stream":true}', both)).toBe(
      '{"model":"new","stream":true,"stream_options":{"include_usage":true}}',
    );
  });

  test("two answers to whether usage is wanted are refused", () => {
    const twice = '{"model":"m","stream_options":{"include_usage":false,"include_usage":true}}';
    expect(() => patched(twice, { streamUsage: true })).toThrow(GatewayError);
  });

  test("the patched body says the same but for the patch", () => {
    const objects = fc.dictionary(fc.string({ unit: "binary", maxLength: 12 }), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(objects, fc.string({ unit: "binary" }), (others, model) => {
        const { model: _m, stream_options: _s, ...rest } = others;
        const bytes = encoder.encode(JSON.stringify({ ...rest, model: "old", after: [1] }));
        const result: unknown = JSON.parse(
          decoder.decode(patchJsonBody(decodeJsonBody(bytes), { model, streamUsage: true })),
        );
        const expected = {
          ...rest,
          model: model.toWellFormed() === model ? model : JSON.parse(JSON.stringify(model)),
          after: [1],
          stream_options: { include_usage: true },
        };
        expect(JSON.stringify(result)).toBe(JSON.stringify(JSON.parse(JSON.stringify(expected))));
      }),
    );
  });
});
