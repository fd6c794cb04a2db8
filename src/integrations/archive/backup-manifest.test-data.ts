import type { Manifest } from "#core/archive/manifest.ts";

/** The manifest of a backup without members. */
export const backupManifest: Manifest = {
  format: "tokligence-archive",
  kind: "backup",
  version: 1,
  product: "test",
  schema: 1,
  created_at: "2026-11-21T00:00:00.000Z",
  node_id: "node_1",
  secrets: "absent",
  peppers: {},
  counts: {},
  notes: [],
  members: [],
};
