/** What the executable is bundled from. Threads are entry points of their own; they keep their path below `src` in it. */
export const entryPoints: readonly string[] = ["src/main.ts", "src/integrations/stores/sqlite/worker.ts"];
