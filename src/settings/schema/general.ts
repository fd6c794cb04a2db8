import { key, section } from "#settings/schema/key.ts";
import { choice, decimal, emailAddress, flag, httpUrl, text } from "#settings/schema/value-type.ts";

const exchange = "the Token Exchange";

/** Keys outside any section, usually in setting.ini. */
export const general = {
  environment: key(choice(["dev", "test", "live"], { prod: "live" }), {
    default: "dev",
    description: "Which <environment>/gateway.ini is read; prod means live.",
  }),
  profile: key(text, {
    default: "personal",
    description: "Defaults to start from: personal, agent, team, enterprise, or one of your own in profiles/.",
  }),
  log_level: key(choice(["debug", "info", "warn", "error"]), {
    default: "info",
    description:
      "Least important log lines still written. Login codes for the operator and signed heads of the books are written at every level.",
  }),
  base_url: key(httpUrl, { description: "The Token Exchange to talk to.", awaits: exchange }),
  email: key(emailAddress, {
    description:
      "Address of the first root administrator, whom the first start makes; root@localhost when unset. Once the Token Exchange is there, the account at it too.",
  }),
  display_name: key(text, { description: "Name shown at the Token Exchange.", awaits: exchange }),
  enable_provider: key(flag, {
    default: false,
    description: "Offer capacity at the Token Exchange.",
    awaits: exchange,
  }),
  price_per_1k: key(decimal(0, 1_000_000), {
    unit: "dollars per 1,000 tokens",
    description: "Price of the offered service.",
    awaits: exchange,
  }),
  publish: section({
    name: key(text, { description: "Name of the offered service; also publish_name.", awaits: exchange }),
    model_family: key(text, {
      description: "Model family of the offered service; also model_family.",
      awaits: exchange,
    }),
  }),
};
