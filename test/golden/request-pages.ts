/** What becomes of every request in the fixtures in each other protocol, as pages of text. */
import { readFileSync } from "node:fs";
import { Glob } from "bun";
import type { OpaqueToken } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import type { RequestAddress } from "#core/wire/codec.ts";
import { wrapToken } from "#core/wire/opaque-token.ts";
import type { GoldenPage } from "./golden-page.ts";
import {
  bodyText,
  type ChatProtocol,
  chatProtocols,
  pairCall,
  provider,
  translated,
  usualModels,
} from "./pair-lane.ts";
import { readableJson } from "./readable-json.ts";

interface RequestFixture {
  readonly promise: string;
  readonly address?: RequestAddress;
  readonly body: unknown;
}

const folder = "test/golden";

/** The kind of token that each protocol's own models make. */
const tokenKinds: Readonly<Record<ChatProtocol, OpaqueToken["kind"]>> = {
  "openai-chat": "encrypted",
  "openai-responses": "encrypted",
  "anthropic-messages": "signature",
  "gemini-generate": "thought",
};

/** A page for every request. */
export function requestPages(): GoldenPage[] {
  return chatProtocols.flatMap((caller) =>
    [...new Glob("*.json").scanSync(`${folder}/fixtures/${caller}`)].toSorted().map((file): GoldenPage => {
      const fixture: RequestFixture = JSON.parse(readFileSync(`${folder}/fixtures/${caller}/${file}`, "utf8"));
      const sections = chatProtocols
        .filter((upstream) => upstream !== caller)
        .map((upstream) => section(caller, upstream, fixture));
      return {
        path: `${folder}/expected/requests/${caller}/${file.replace(".json", ".txt")}`,
        text: `${fixture.promise}\n\n${sections.join("\n")}`,
      };
    }),
  );
}

function section(caller: ChatProtocol, upstream: ChatProtocol, { body, address = {} }: RequestFixture): string {
  const model = usualModels[upstream];
  const text = withTokens(JSON.stringify(body), tokenKinds[upstream]);
  return `== ${upstream}, ${model}\n${outcome(() => translated(pairCall(caller, text, address), upstream, model))}\n`;
}

function outcome(translate: () => ReturnType<typeof translated>): string {
  try {
    const translation = translate();
    const dropped = translation.dropped.length === 0 ? "" : `dropped: ${translation.dropped.join(", ")}\n`;
    return `${dropped}${readableJson(JSON.parse(bodyText(translation)))}`;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    return `refused: ${thrown.code} (${String(thrown.details?.["field"])}) ${thrown.message}`;
  }
}

/** The tokens that stand for those of the provider itself, and of another one, wrapped as we give them out. */
function withTokens(text: string, kind: OpaqueToken["kind"]): string {
  const own = wrapToken({ provider, kind, data: "b3du" });
  const foreign = wrapToken({ provider: "another", kind, data: "Zm9yZWlnbg==" });
  return text.replaceAll("@own-token", own).replaceAll("@foreign-token", foreign);
}
