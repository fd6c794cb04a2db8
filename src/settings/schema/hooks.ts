import { lifecycleEventTypes } from "#core/hooks/lifecycle-event.ts";
import { key, section } from "#settings/schema/key.ts";
import { choices, list, path, providerUrl, secret, seconds, text } from "#settings/schema/value-type.ts";

/** `[hooks]`: who is told when users and keys come, change and go. */
export const hooks = section({
  script: key(path, {
    description: "Program that is run for each event, the event as JSON on its standard input; exit code 0 takes it.",
  }),
  script_arguments: key(list, { default: [], description: "Arguments of hooks.script." }),
  url: key(providerUrl, { description: "Address that each event is posted to as JSON; a 2xx answer takes it." }),
  secret: key(secret, { description: "What calls of hooks.url are signed with; needed with it." }),
  events: key(choices(lifecycleEventTypes, "list of event types"), {
    default: [...lifecycleEventTypes],
    description: "Events that are told.",
  }),
  timeout: key(seconds(0.1), {
    default: 10,
    unit: "seconds",
    description: "Longest time for one event; then it is told again later.",
  }),
});

/** `[mail]`: how one-time codes reach the people who sign in. */
export const mail = section({
  smtp_url: key(secret, {
    description:
      "Mail server: smtp://user:password@host:587, or smtps:// for TLS from the start. Unset: codes are printed to the log.",
  }),
  from: key(text, {
    default: "Tokligence <tokligence@localhost>",
    description: "Sender of mails.",
  }),
});
