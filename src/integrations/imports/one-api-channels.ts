/** Which of the two programs, whose numbers of channel types part at 25. */
export type ChannelFamily = "one-api" | "new-api";

/** Both: one-api `relay/channeltype/define.go`, new-api `constant/channel.go`. */
const shared: Readonly<Record<number, string>> = {
  1: "openai",
  3: "azure",
  8: "custom",
  14: "anthropic",
  20: "openrouter",
  24: "gemini",
  25: "moonshot",
};

const own: Readonly<Record<ChannelFamily, Readonly<Record<number, string>>>> = {
  "one-api": { 28: "mistral", 29: "groq", 30: "ollama", 36: "deepseek", 39: "together_ai" },
  "new-api": { 4: "ollama", 27: "perplexity", 42: "mistral", 43: "deepseek", 48: "xai" },
};

/** The vendor of a channel type; undefined for one that is not known here. */
export function channelVendor(family: ChannelFamily, type: number): string | undefined {
  return own[family][type] ?? shared[type];
}
