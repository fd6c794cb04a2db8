/** Holds the lock of the directory given until it is killed. */
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: hold-lock.ts DIRECTORY");

const lock = new DirectoryLock(directory);
lock.acquire();
process.stdout.write("held\n");
// Named here, so that the lock lives as long as the process: one that nobody names is collected, and so given back.
setInterval(() => lock.acquire(), 60_000);
