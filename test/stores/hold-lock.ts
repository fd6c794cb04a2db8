/** Holds the lock of the directory given until it is killed. */
import { DirectoryLock } from "#integrations/stores/sqlite/lock.ts";

const directory = process.argv[2];
if (directory === undefined) throw new Error("usage: hold-lock.ts DIRECTORY");

new DirectoryLock(directory).acquire();
process.stdout.write("held\n");
setInterval(() => {}, 60_000);
