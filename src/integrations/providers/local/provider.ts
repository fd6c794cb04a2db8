import type { MediaPart } from "#core/chat/request.ts";
import { GatewayError } from "#core/errors.ts";
import type { ProviderReply } from "#core/routing/provider-reply.ts";
import type { Provider, ProviderCall } from "#core/routing/provider.ts";
import type { Protocol } from "#core/wire/codec.ts";

/** What a provider whose models are answered in different places is made from. */
export interface LocalProviderOptions {
  readonly name: string;
  /** As the configuration says: `local`, or that of `otherwise`. */
  readonly type: string;
  readonly account?: number;
  readonly models: readonly string[];
  /** Who answers single models. */
  readonly byModel: ReadonlyMap<string, Provider>;
  /** Models that it does not answer, though it is asked for others. */
  readonly left: ReadonlySet<string>;
  /** Who answers all others; without one they are not answered. */
  readonly otherwise?: Provider;
}

/** One provider to routes and callers, several behind it: each model is asked for where it is, with its own key. */
export function createLocalProvider(options: LocalProviderOptions): Provider {
  return new LocalProvider(options);
}

class LocalProvider implements Provider {
  readonly name: string;
  readonly type: string;
  declare readonly account?: number;
  readonly models: readonly string[];
  readonly ownKeys: ReadonlySet<string>;
  readonly #byModel: ReadonlyMap<string, Provider>;
  readonly #left: ReadonlySet<string>;
  readonly #otherwise: Provider | undefined;

  constructor({ name, type, account, models, byModel, left, otherwise }: LocalProviderOptions) {
    this.name = name;
    this.type = type;
    if (account !== undefined) this.account = account;
    this.models = models;
    this.ownKeys = new Set(byModel.keys());
    this.#byModel = byModel;
    this.#left = left;
    this.#otherwise = otherwise;
  }

  speaks(protocol: Protocol, model: string): Protocol | undefined {
    return this.#of(model)?.speaks(protocol, model);
  }

  /** Of a model that is not told, what any of them needs. */
  needsBytes(upstreamProtocol: Protocol, kind: MediaPart["kind"], model?: string): boolean {
    const needs = (provider: Provider | undefined) => provider?.needsBytes(upstreamProtocol, kind, model) === true;
    if (model !== undefined) return needs(this.#of(model));
    return needs(this.#otherwise) || this.#byModel.values().some(needs);
  }

  async call(call: ProviderCall): Promise<ProviderReply> {
    const provider = this.#of(call.model);
    if (provider === undefined) {
      throw new GatewayError("model_not_found", `The provider ${this.name} has no model '${call.model}'.`);
    }
    return provider.call(provider.name === this.name ? call : this.#asSeenBy(provider, call));
  }

  /** Tokens are remembered as this provider's; which vendor behind it made one, only wrapped ones say. */
  #asSeenBy({ name }: Provider, call: ProviderCall): ProviderCall {
    const tokenMaker = (token: string): string | undefined => {
      const maker = call.tokenMaker(token);
      return maker === this.name ? name : maker;
    };
    return { ...call, tokenMaker };
  }

  #of(model: string): Provider | undefined {
    return this.#byModel.get(model) ?? (this.#left.has(model) ? undefined : this.#otherwise);
  }
}
