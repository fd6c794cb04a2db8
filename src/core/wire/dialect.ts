import type { Dialect } from "#core/wire/codec.ts";

/** The protocol's own author: everything as documented. */
export const authorDialect: Dialect = {
  developerRole: true,
  maxTokensField: "by-model",
  streamOptions: true,
  customTools: true,
  strictTools: true,
  reasoningEffort: true,
  imageUrls: true,
  lacks: [],
};

/** A server of which only the protocol is known: what every one of them understands. */
export const plainDialect: Dialect = {
  developerRole: false,
  maxTokensField: "by-model",
  streamOptions: true,
  customTools: false,
  strictTools: true,
  reasoningEffort: true,
  imageUrls: true,
  lacks: [],
};
