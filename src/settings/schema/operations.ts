import { key, section } from "#settings/schema/key.ts";
import {
  byteSize,
  choice,
  flag,
  httpUrl,
  list,
  path,
  seconds,
  text,
  wholeNumber,
} from "#settings/schema/value-type.ts";

const tracing_ = "OpenTelemetry traces";
const chart = "the Helm chart";
const agents = "the agent helpers";

/** `[rbac]`: roles beyond the owner of a key. */
export const rbac = section({
  enabled: key(flag, {
    default: false,
    description: "Decide access by role.",
    awaits: "role-based access",
  }),
});

/** `[audit]`: the record of administrative acts. */
export const audit = section({
  enabled: key(flag, {
    default: true,
    description: "Record administrative acts. They always are; the key is for profiles that name it.",
  }),
});

/** `[log]`: where log lines go; how many of them, log_level says. */
export const log = section({
  file: key(path, {
    description:
      "File that log lines are written to, as JSON, with mode 0600. Unset: standard error; with serve --detach tokligence.log in the " +
      "data directory. A line that cannot be written is lost, and no request with it.",
  }),
  max_size: key(byteSize(1024, 1_099_511_627_776), {
    default: 50_000_000,
    unit: "bytes",
    description: "A log file that would grow beyond it is put aside as FILE.1, the one before as FILE.2 and so on.",
  }),
  max_files: key(wholeNumber(1, 1000), {
    default: 5,
    unit: "files",
    description: "Log files that are kept, the one that is written included; the oldest go.",
  }),
});

/** `[metrics]`: Prometheus. */
export const metrics = section({
  enabled: key(flag, { default: true, description: "Measure, and serve /metrics." }),
  prometheus_port: key(wholeNumber(0, 65_535), {
    description: "Own listener for /metrics on gateway.host, beside the one on gateway.port; 9090 is usual.",
  }),
  tenant_labels: key(flag, {
    default: false,
    description: "Tell tenants apart in metrics, 200 at most: how much service the scheduler gave each.",
  }),
});

/** `[tracing]`: OpenTelemetry. */
export const tracing = section({
  enabled: key(flag, { default: false, description: "Export traces.", awaits: tracing_ }),
  exporter: key(choice(["otlp"]), { description: "How traces are exported.", awaits: tracing_ }),
  endpoint: key(httpUrl, { description: "Where traces are sent.", awaits: tracing_ }),
});

const amounts = (what: string) =>
  section({
    cpu: key(text, { unit: "cores", description: `CPU ${what} of one pod.`, awaits: chart }),
    memory: key(text, { description: `Memory ${what} of one pod.`, awaits: chart }),
  });

/** `[kubernetes]`: read by the Helm chart. */
export const kubernetes = section({
  namespace: key(text, { description: "Namespace to run in.", awaits: chart }),
  replicas: key(wholeNumber(1, 10_000), { unit: "pods", description: "Pods to run.", awaits: chart }),
  resources: section({ requests: amounts("request"), limits: amounts("limit") }),
});

/** `[media]`: pictures and documents that callers name by URL and a provider needs as bytes. */
export const media = section({
  fetch: key(flag, {
    default: true,
    description: "Fetch them, from public addresses only; false refuses such calls.",
  }),
  max_bytes: key(wholeNumber(1, 1_073_741_824), {
    default: 20_971_520,
    unit: "bytes",
    description: "Largest one taken.",
  }),
  timeout: key(seconds(0.001), {
    default: 20,
    unit: "seconds",
    description: "Longest time for one, redirects included.",
  }),
  max_concurrent: key(wholeNumber(1, 10_000), { default: 8, unit: "fetches", description: "Fetched at once." }),
  private_hosts: key(list, {
    default: [],
    description: "Own servers (name, or name:port) to be fetched from although their address is private.",
  }),
});

/** `[agent]`: what agent frameworks need. */
export const agent = section({
  enable_caching: key(flag, { default: false, description: "Reuse answers to the same prompt.", awaits: agents }),
  cache_ttl: key(seconds(0), { unit: "seconds", description: "Life of a reused answer.", awaits: agents }),
  tool_calling: section({
    max_iterations: key(wholeNumber(1, 100_000), {
      unit: "calls",
      description: "Tool calls in a row, without a word of the user, before the loop is stopped. Unset: no limit.",
    }),
    duplicate_detection: key(flag, {
      default: false,
      description: "Stop an agent that repeats the same tool call with the same result.",
    }),
  }),
});
