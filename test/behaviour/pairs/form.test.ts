/** Answers that must follow a JSON Schema. */
import { describe, expect, test } from "bun:test";
import { sixteenPairs } from "../../harness/wires/pairs.ts";
import { type Fields, fieldsOf, objectSchema, type PerWire } from "../../harness/wires/wire.ts";

const pairs = sixteenPairs();
const form = objectSchema({ city: { type: "string" }, sky: { type: "string", enum: ["clear", "grey"] } });

/** Where each provider looks for the schema. */
const schemaIn: PerWire<(body: Fields) => unknown> = {
  "openai-chat": (body) => fieldsOf(fieldsOf(body["response_format"])["json_schema"])["schema"],
  "openai-responses": (body) => fieldsOf(fieldsOf(body["text"])["format"])["schema"],
  "anthropic-messages": (body) => fieldsOf(fieldsOf(body["output_config"])["format"])["schema"],
  "gemini-generate": (body) => fieldsOf(body["generationConfig"])["responseJsonSchema"],
};

describe.each(pairs.table)("%s", (_, pair) => {
  test.each([false, true])(
    "the schema is asked for natively and the JSON comes back, streamed: %p",
    async (streamed) => {
      const text = '{"city": "Oslo", "sky": "grey"}';
      pair.provider.holds([{ text }]);
      const told = await pair.ask({ text: "Weather?", form }, { streamed });
      expect(told).toMatchObject({ status: 200, text, dropped: [] });
      expect(schemaIn[pair.upstream.name](pair.heard().json())).toEqual(form);
    },
  );
});
