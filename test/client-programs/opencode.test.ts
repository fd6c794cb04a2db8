/** Whole turns of work by a real agent on each of its four packages, whose provider speaks each of the four protocols. */
import { agentSuite } from "./agent-suite.ts";
import { openCode } from "./agents/opencode.ts";

// It takes its time to start.
const faultsAt = ["anthropic-model", "gemini-model"];

for (const agent of openCode) agentSuite(agent, faultsAt);
