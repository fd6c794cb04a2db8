/** The official `@anthropic-ai/sdk` in front of all four kinds of provider. */
import { clientSuite } from "./client-suite.ts";
import { anthropic } from "./drivers/anthropic.ts";

clientSuite("@anthropic-ai/sdk", anthropic);
