/** Python clients in front of all four kinds of provider. */
import { afterAll } from "bun:test";
import { type ClientLimits, clientSuite } from "../clients/client-suite.ts";
import { PythonClients } from "./python-client.ts";

/** Each package with the clients that it holds. */
const packages: Readonly<Record<string, Readonly<Record<string, ClientLimits>>>> = {
  openai: { "chat completions": {}, Responses: {} },
  anthropic: { Messages: {} },
  "google-genai": { Gemini: {} },
  langchain: { "chat completions": {}, Responses: {}, Messages: {}, Gemini: {} },
  litellm: { "chat completions": {}, Messages: {}, Gemini: {} },
};

for (const [name, clients] of Object.entries(packages)) {
  const python = new PythonClients(name);
  afterAll(() => python[Symbol.dispose]());
  for (const [protocol, limits] of Object.entries(clients)) {
    clientSuite(`Python ${name}, ${protocol}`, python.client(protocol), limits);
  }
}
