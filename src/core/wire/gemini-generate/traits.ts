import type { WireTraits } from "#core/wire/codec.ts";

/**
 * What `generateContent` can say of tools and turns. Names of functions may hold dots and dashes; colons, which newer models
 * take too, are left to those.
 */
export const geminiTraits: WireTraits = {
  toolName: { pattern: /^[A-Za-z_][A-Za-z0-9_.-]*$/, most: 64 },
  callId: { pattern: /^[\x21-\x7e]+$/, most: 128 },
  namespaces: false,
  customTools: false,
  midSystem: false,
  // Where the model takes none inside, pictures stand beside the result.
  resultMedia: true,
  heic: true,
  answeredCalls: true,
  tokens: ["thought"],
  stops: true,
};
