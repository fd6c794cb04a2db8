/** Refusals of real services keep their class and their words, whoever the caller is. */
import { describe, expect, test } from "bun:test";
import { codecs } from "#core/wire/codecs.ts";
import { chatProtocols, refused } from "./exchanges.ts";

test("there are recorded refusals of every family", () => {
  expect(new Set(refused.map(({ protocol }) => protocol))).toEqual(new Set(chatProtocols));
});

describe.each([...refused])("$protocol $name", (exchange) => {
  const { protocol, status, answer } = exchange;
  const error = codecs[protocol].readError(status, answer, { contentType: "application/json" });

  test("pitfall 73 is read into the class that it is", () => {
    const body = new TextDecoder().decode(answer);
    if (/API_KEY_INVALID|api key not valid/i.test(body) || status === 401) expect(error.code).toBe("upstream_auth");
    else if (status === 429) expect(error.code).toBe("upstream_rate_limited");
    else expect(error.code).not.toBe("internal");
  });

  test("pitfall 72 reaches every caller as an envelope that holds its words, without JSON inside", () => {
    for (const caller of chatProtocols) {
      const rendered = codecs[caller].renderError(error, "req_recorded");
      const { error: told } = JSON.parse(new TextDecoder().decode(rendered.body));
      expect(typeof told.message).toBe("string");
      if (codecs[caller].family !== codecs[protocol].family) expect(told.message).not.toContain('{"');
      expect(rendered.status).toBeGreaterThanOrEqual(400);
    }
  });
});

describe.each(refused.filter(({ status, name }) => status === 400 && name.includes("context_length")))(
  "pitfall 74 $protocol $name",
  ({ protocol, status, answer }) => {
    test("an over-long prompt is known as one, in the words on which Anthropic's clients compact", () => {
      const error = codecs[protocol].readError(status, answer, { contentType: "application/json" });
      expect(error.code).toBe("context_length_exceeded");
      const rendered = codecs["anthropic-messages"].renderError(error, "req_recorded");
      expect(rendered.status).toBe(400);
      expect(new TextDecoder().decode(rendered.body)).toMatch(/prompt is too long(: \d+ tokens > \d+ maximum)?/);
    });
  },
);
