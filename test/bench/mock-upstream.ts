/** The provider that all sides are measured against, a process of its own; it prints its port. */
import { MockUpstream } from "#platform/bench/mock-upstream.ts";

process.stdout.write(`${new MockUpstream().port}\n`);
