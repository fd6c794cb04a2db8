/** Whole turns of work by a real agent, whose provider speaks each of the four protocols. */
import { agentSuite } from "./agent-suite.ts";
import { codexCodeMode } from "./agents/codex.ts";

agentSuite(codexCodeMode);
