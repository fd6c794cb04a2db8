/** The AI SDK, with each of its provider packages, in front of all four kinds of provider. */
import { clientSuite } from "./client-suite.ts";
import { aiSdk } from "./drivers/ai-sdk.ts";

for (const [protocol, make] of Object.entries(aiSdk)) clientSuite(`AI SDK, ${protocol}`, make);
