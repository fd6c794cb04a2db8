/** The official `openai` client, on both of its protocols, in front of all four kinds of provider. */
import { clientSuite } from "./client-suite.ts";
import { openAiChat } from "./drivers/openai-chat.ts";
import { openAiResponses } from "./drivers/openai-responses.ts";

clientSuite("openai, chat completions", openAiChat);
clientSuite("openai, Responses", openAiResponses);
