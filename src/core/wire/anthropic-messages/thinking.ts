import type { Effort, ReasoningWish, ResponseFormat } from "#core/chat/request.ts";
import { effortInMessages } from "#core/wire/anthropic-messages/message.ts";
import type { AskedFeatures } from "#core/wire/asked-features.ts";
import { recordOf, textOf } from "#core/wire/json-value.ts";
import { refuseField } from "#core/wire/request-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What `thinking`, `output_config.effort` and the last message with an effort of its own ask of the model's thinking. */
export function decodeReasoning(body: Fields, asked: AskedFeatures): { readonly reasoning?: ReasoningWish } {
  const thinking = recordOf(body["thinking"]);
  const effort = decodeEffort(body, asked);
  const visible = visibilityOf(thinking);
  if (visible === true) asked.add("reasoning_visible", "thinking.display");
  const shown = visible === undefined ? {} : { visible };
  const adaptive = (): { readonly reasoning: ReasoningWish } => {
    asked.add("reasoning_effort", "thinking");
    return { reasoning: { adaptive: true, ...effort, ...shown } };
  };
  switch (thinking?.["type"]) {
    case "disabled":
      asked.add("reasoning_effort", "thinking");
      return { reasoning: { effort: "none" } };
    case "enabled": {
      const budgetTokens = thinking["budget_tokens"] ?? undefined;
      // Some servers of this protocol have thinking that is on or off.
      if (budgetTokens === undefined) return adaptive();
      asked.add("reasoning_budget", "thinking.budget_tokens");
      if (typeof budgetTokens !== "number") throw refuseField("thinking.budget_tokens", "must be an integer");
      // Models that take a budget show their thinking unless told not to.
      return { reasoning: { budgetTokens, ...effort, visible: visible ?? true } };
    }
    case "adaptive":
      return adaptive();
    case "between_tools":
      // Others cannot be told when to think.
      asked.unknownFields.push("thinking.type");
      return adaptive();
    default:
      return effort.effort === undefined ? {} : { reasoning: effort };
  }
}

function visibilityOf(thinking: Fields | undefined): boolean | undefined {
  const display = textOf(thinking?.["display"]);
  return display === undefined ? undefined : display !== "omitted";
}

function decodeEffort(body: Fields, asked: AskedFeatures): { readonly effort?: Effort } {
  const general = textOf(recordOf(body["output_config"])?.["effort"]);
  const last = effortInMessages(body["messages"]);
  const effort = effortOf(last?.effort ?? general);
  if (effort === undefined) return {};
  asked.add("reasoning_effort", last?.field ?? "output_config.effort");
  return { effort };
}

function effortOf(word: unknown): Effort | undefined {
  switch (word) {
    case "low":
    case "medium":
    case "high":
    case "xhigh":
    case "max":
      return word;
    default:
      return undefined;
  }
}

/** The form that the answer must have: `output_config.format`, or `output_format` as it was called before. */
export function decodeFormat(body: Fields, asked: AskedFeatures): { readonly responseFormat?: ResponseFormat } {
  const named = recordOf(recordOf(body["output_config"])?.["format"]);
  const format = named ?? recordOf(body["output_format"]);
  const schema = recordOf(format?.["schema"]);
  if (schema === undefined) return {};
  asked.add("json_schema", named === undefined ? "output_format" : "output_config.format");
  return { responseFormat: { type: "json-schema", schema, strict: true } };
}
