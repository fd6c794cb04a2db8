/** The official `@google/genai` in front of all four kinds of provider. */
import { clientSuite } from "./client-suite.ts";
import { googleGenAi } from "./drivers/google-genai.ts";

clientSuite("@google/genai", googleGenAi);
