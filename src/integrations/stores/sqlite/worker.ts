/** The thread that owns a database: an entry point of its own, in the build too (see `worker-client.ts`). */
import type { CallMessage } from "#integrations/stores/sqlite/worker-calls.ts";
import { WorkerServer } from "#integrations/stores/sqlite/worker-server.ts";

declare const self: Worker;

const server = new WorkerServer();
self.onmessage = (event: MessageEvent<CallMessage>) => self.postMessage(server.answer(event.data));
