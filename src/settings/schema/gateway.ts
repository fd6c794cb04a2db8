import { key, section } from "#settings/schema/key.ts";
import {
  byteSize,
  choice,
  flag,
  host,
  httpUrl,
  origins,
  path,
  seconds,
  text,
  wholeNumber,
} from "#settings/schema/value-type.ts";

const day = 86_400_000;
const gigabyte = 1_073_741_824;

const auth = section({
  enabled: key(flag, { default: false, description: "Ask every caller for a key." }),
  type: key(choice(["api_key", "oidc", "none"]), {
    default: "api_key",
    description: "How callers prove who they are when gateway.auth.enabled is true.",
    awaits: { oidc: "OIDC sign-in" },
  }),
  oidc_provider: key(httpUrl, { description: "Issuer of the OIDC provider.", awaits: "OIDC sign-in" }),
  oidc_client_id: key(text, { description: "Client id at the OIDC provider.", awaits: "OIDC sign-in" }),
});

/** `[gateway]`: where it listens, how long it waits, how much it takes. */
export const gateway = section({
  host: key(host, {
    default: "127.0.0.1",
    description: "Address to listen on. Beyond loopback, gateway.auth.enabled must be true.",
  }),
  port: key(wholeNumber(0, 65_535), { default: 8081, description: "Port to listen on; 0 takes any free one." }),
  work_mode: key(choice(["auto", "passthrough", "translation"]), {
    default: "auto",
    description:
      "auto forwards bytes when both sides speak the same protocol and translates otherwise; passthrough only forwards, " +
      "translation always writes anew.",
  }),
  max_concurrent_requests: key(wholeNumber(1, 1_000_000), {
    default: 4096,
    unit: "requests",
    description:
      "Requests served at once; one more is answered 503 with Retry-After. While scheduling is on, the least urgent are shed from " +
      "80 % of it, and those that would wait long from 90 % (gateway.load_shedding).",
  }),
  load_shedding: key(choice(["enforce", "shadow", "off"]), {
    default: "enforce",
    description:
      "While the process is under pressure: enforce turns away the least urgent requests (late, or 80 % of " +
      "gateway.max_concurrent_requests), then those that would wait long (90 %), both where scheduling is on, then all new ones; " +
      "shadow only counts them, off does neither. Where no row of the ledger can be written, each turns away all new ones.",
  }),
  shedding_lag_ms: key(wholeNumber(1, day), {
    default: 500,
    unit: "milliseconds",
    description:
      "Lateness of the process, for seconds on end, that is pressure: the first step. At twice that comes the second, at four " +
      "times the last.",
  }),
  shedding_recovery: key(seconds(0.001), {
    default: 30,
    unit: "seconds",
    description:
      "How long the pressure must be below four fifths of a step before it is left, one step after the other.",
  }),
  memory_limit: key(byteSize(67_108_864, 1_099_511_627_776), {
    unit: "bytes",
    description:
      "Memory that the process may take; never more than its cgroup allows, which is the limit when this is unset. From 85 % of it " +
      "load is shed as under any pressure (gateway.load_shedding), from 95 % nothing new is taken.",
  }),
  request_timeout: key(seconds(0.001), {
    default: 120,
    unit: "seconds",
    description: "Longest wait for the first content, and for the whole of an unstreamed answer.",
  }),
  commit_after_ms: key(wholeNumber(0, day), {
    default: 10_000,
    unit: "milliseconds",
    description: "A stream still without content after this is committed: 200 and heartbeats, later errors inside it.",
  }),
  heartbeat_interval: key(seconds(0.001), {
    default: 15,
    unit: "seconds",
    description: "Silence after which a stream that has begun carries a heartbeat.",
  }),
  connect_timeout: key(seconds(0.001), {
    default: 5,
    unit: "seconds",
    description: "Longest wait for a connection to a provider, TLS included.",
  }),
  stream_idle_timeout: key(seconds(0.001), {
    default: 60,
    unit: "seconds",
    description: "Longest silence of a provider inside a stream that has begun.",
  }),
  stream_total_timeout: key(seconds(0.001), {
    default: 3600,
    unit: "seconds",
    description: "Longest life of one stream.",
  }),
  client_stall_timeout: key(seconds(0.001), {
    default: 60,
    unit: "seconds",
    description: "Longest time a client may leave a stream unread.",
  }),
  max_body_bytes: key(wholeNumber(1, gigabyte), {
    default: 33_554_432,
    unit: "bytes",
    description: "Largest request body taken.",
  }),
  body_timeout: key(seconds(0.001), {
    default: 30,
    unit: "seconds",
    description: "Longest time a client may take to send its body.",
  }),
  max_answer_bytes: key(wholeNumber(1, gigabyte), {
    default: 67_108_864,
    unit: "bytes",
    description: "Largest answer read from a provider.",
  }),
  drain_delay: key(seconds(0), {
    default: 0,
    unit: "seconds",
    description: "After SIGTERM, time between readiness turning false and new calls being refused.",
  }),
  shutdown_grace: key(seconds(0), {
    default: 30,
    unit: "seconds",
    description: "After that, time running calls get to finish before they are ended with an error.",
  }),
  max_retries: key(wholeNumber(0, 10), {
    default: 2,
    unit: "attempts",
    description: "Attempts per request after the first, retries and fallbacks together.",
  }),
  response_store_ttl: key(seconds(0), {
    default: 86_400,
    unit: "seconds",
    description: "How long an answer of /v1/responses can be continued or read by its id; 0 keeps none.",
  }),
  response_store_entries: key(wholeNumber(0, 1_000_000), {
    default: 10_000,
    unit: "answers",
    description: "Answers kept at once, in memory; the oldest go first.",
  }),
  response_store_bytes: key(wholeNumber(0, gigabyte), {
    default: 67_108_864,
    unit: "bytes",
    description: "Memory those answers may take.",
  }),
  idempotency_ttl: key(seconds(0), {
    default: 86_400,
    unit: "seconds",
    description:
      "How long the answer to a call with the header Idempotency-Key is kept for whoever sends it again; 0 keeps none, and the " +
      "header then means nothing.",
  }),
  idempotency_max_bytes: key(wholeNumber(0, gigabyte), {
    default: 1_048_576,
    unit: "bytes",
    description: "Largest answer kept for such a call; of a larger one only that it was given.",
  }),
  keep_alive_timeout: key(wholeNumber(1, 255), {
    default: 75,
    unit: "seconds",
    description:
      "How long a connection may lie idle after a model call; longer than a load balancer in front keeps its own. Others are " +
      "closed after 10 seconds.",
  }),
  model_catalog: key(path, {
    description: "JSON file with facts by model name or pattern, which correct the built-in catalogue.",
  }),
  max_keys_per_user: key(wholeNumber(1, 1_000_000), {
    default: 100,
    unit: "keys",
    description: "API keys of one user that work at once, beyond which only administrators make more.",
  }),
  cors_origins: key(origins, {
    default: [],
    description:
      "Origins (https://console.example.com) of pages served from elsewhere that may use /api/v1; all others are refused. Their " +
      "host must be of the same site as this gateway's, or browsers keep the session's cookie back.",
  }),
  tls_cert: key(path, { description: "Certificate chain (PEM) to serve TLS with; needs gateway.tls_key." }),
  tls_key: key(path, { description: "Private key (PEM) of gateway.tls_cert." }),
  watch_config: key(flag, {
    default: true,
    description:
      "Take the configuration over while serving when one of its files has changed. Without it only SIGHUP does. A configuration " +
      "that cannot be used changes nothing.",
  }),
  high_availability: key(flag, {
    default: false,
    description: "Several nodes share one state.",
    awaits: "shared stores",
  }),
  auth,
});
