/** Who may import whom: each room and the rooms its files may name. The same table as the lint rules in `biome.json`. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  cli: ["cli", "configurations", "settings", "platform", "core"],
  configurations: ["configurations", "http", "enterprise", "integrations", "settings", "platform", "console", "core"],
  http: ["http", "core"],
  enterprise: ["enterprise", "core"],
  integrations: ["integrations", "core"],
  settings: ["settings", "core"],
  platform: ["platform", "core"],
  console: ["console", "core"],
  core: ["core"],
};

/** Rooms of core that build on one another: none names one behind it. */
const coreLayers = ["chat", "wire", "translation"];

/** Packages that belong to one place; any other package may be used everywhere but in core. */
const owners: Readonly<Record<string, RegExp>> = {
  hono: /^src\/http\//,
  react: /^src\/console\//,
  "react-dom": /^src\/console\//,
  "bun:sqlite": /^src\/integrations\/stores\/sqlite\//,
  postgres: /^src\/integrations\/stores\/postgres\//,
  ioredis: /^src\/integrations\/stores\/redis\//,
  citty: /^src\/cli\//,
  "@clack/prompts": /^src\/cli\//,
  consola: /^src\/(cli\/|platform\/log-sink\.ts$)/,
};

/** Whether a file of `src` may name another: the arrows between rooms, and no arrows between integrations or engines. */
export function mayName(from: string, to: string): boolean {
  // Shipped data outside src, such as profiles, is embedded by whoever needs it.
  if (!to.startsWith("src/")) return !/^(test|scripts)\//.test(to);
  // `version` answers before anything is loaded, so main reads that one constant itself.
  if (from === "src/main.ts") return roomOf(to) === "cli" || to === "src/platform/version.ts";
  const room = roomOf(from);
  if (!(arrows[room] ?? []).includes(roomOf(to))) return false;
  if (room === "core") return layerOf(from) < 0 || layerOf(to) <= layerOf(from);
  return room !== "integrations" || roomOf(to) !== "integrations" || sameIntegration(from, to);
}

/** Whether a file of `src` may import a package or runtime module. */
export function mayImport(from: string, name: string): boolean {
  if (roomOf(from) === "core") return name === "zod";
  return owners[name]?.test(from) ?? true;
}

function layerOf(path: string): number {
  return coreLayers.indexOf(path.split("/")[2] ?? "");
}

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function sameIntegration(from: string, to: string): boolean {
  const [, , kind, engine, fromDeeper] = from.split("/");
  const [, , toKind, toEngine, toDeeper] = to.split("/");
  if (kind !== toKind) return false;
  return engine === toEngine || fromDeeper === undefined || toDeeper === undefined;
}
