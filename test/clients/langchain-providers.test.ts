/** LangChain, with each of its model packages, in front of all four kinds of provider. */
import { type ClientLimits, clientSuite } from "./client-suite.ts";
import { langChain } from "./drivers/langchain.ts";

const limits: Readonly<Record<string, ClientLimits>> = {
  // It adds the first and the last count of a stream.
  Messages: { ownUsage: true },
  // It leaves out thoughts, and Google's earlier client under it takes whatever arrived for the whole.
  Gemini: { ownUsage: true, blindToCuts: true },
};

for (const [protocol, make] of Object.entries(langChain)) {
  clientSuite(`LangChain, ${protocol}`, make, limits[protocol]);
}
