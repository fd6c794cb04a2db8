import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sampleTrail } from "#core/audit/sample-trail.ts";
import { user } from "./sample-identity.ts";
import { openSqliteStores } from "./sqlite-stores.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

test("L15 once a user is erased and the gateway has stopped, no byte of the file tells name or e-mail", async () => {
  using directory = temporaryDirectory();
  const stores = await openSqliteStores(directory.path);
  const ada = user("ada", { email: "canary-mail@example.com", name: "Canary Name" });
  const others = Array.from({ length: 200 }, (_, index) => user(`other${index}`, { createdAtMs: index }));
  for (const each of [...others.slice(0, 100), ada, ...others.slice(100)]) {
    await stores.identity.createUser(each, sampleTrail());
  }
  await stores.identity.updateUser(ada.id, { email: "canary-later@example.com" }, sampleTrail());
  await stores.identity.eraseUser(ada.id, 5_000, sampleTrail("deleteUser", ada.id));
  await stores.stop();
  const bytes = readFileSync(join(directory.path, "gateway.db")).toString("latin1");
  expect(bytes).toContain("other7@example.com");
  expect(bytes.match(/canary[ -]\w+/gi)).toBeNull();
});
