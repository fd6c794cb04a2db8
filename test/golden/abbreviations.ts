/** What stands in every answer of a protocol and would hide the rest, by the short name that pages have for it. */
const abbreviations: Readonly<Record<string, string>> = {
  "<chunk>":
    '"id":"chatcmpl-own","object":"chat.completion.chunk","created":1790000000,"model":"asked","system_fingerprint":null',
  "<response>": '"id":"resp_own","object":"response","created_at":1790000000',
  "<background>": '"background":false,"error":null,"frequency_penalty":0',
  "<limits>": '"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":"asked"',
  "<settings>":
    '"parallel_tool_calls":true,"presence_penalty":0,"previous_response_id":null,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"auto","store":false,"temperature":1,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[{"type":"namespace","name":"city","tools":[{"type":"function","name":"get_weather"}]},{"type":"custom","name":"apply_patch"}],"top_logprobs":0,"top_p":1,"truncation":"disabled"',
  "<caller>": '"user":null,"metadata":{}',
  "<no-choice-end>": '"logprobs":null,"finish_reason":null}],"usage":null}',
};

/** The text with the short names in place of what they stand for: each text that is not exactly so stays as it is. */
export function abbreviated(text: string): string {
  return Object.entries(abbreviations).reduce((short, [name, long]) => short.replaceAll(long, name), text);
}

/** The short names and what they stand for, as a page. */
export const legend: string = Object.entries(abbreviations)
  .map(([name, long]) => `${name} is ${long}\n`)
  .join("");
