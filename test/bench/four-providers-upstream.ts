/**
 * The providers of the translation part: one server that answers each of the four protocols by its path, with prepared
 * bytes. A stream has 200 events of text and comes ten events at a time; a whole answer has 16 words.
 */
import { type Answering, chunkOf, lastChunk, responseHead, serveAnswers } from "./answering-server.ts";
import { type WireName, wireNames, wires } from "./four-wires.ts";
import { bodyOf, framesOf, textAnswer } from "./scripted-streams.ts";

const streamedWords = 200;
const wholeWords = 16;
const framesPerWrite = 10;

interface Prepared {
  readonly name: WireName;
  readonly whole: Buffer;
  readonly stream: readonly Buffer[];
}

function prepared(name: WireName): Prepared {
  const body = Buffer.from(bodyOf(name, textAnswer(wholeWords)));
  const frames = framesOf(name, textAnswer(streamedWords)).map(chunkOf);
  const stream = [Buffer.from(responseHead(undefined))];
  for (let at = 0; at < frames.length; at += framesPerWrite) {
    stream.push(Buffer.concat(frames.slice(at, at + framesPerWrite)));
  }
  return {
    name,
    whole: Buffer.concat([Buffer.from(responseHead(body.length)), body]),
    stream: [...stream, lastChunk],
  };
}

const answers = wireNames.map(prepared);

function answer({ path, body, write }: Answering): void {
  const found = answers.find(({ name }) => path.includes(wires[name].mark));
  if (found === undefined) throw new Error(`Nobody answers ${path}.`);
  const streamed = path.includes(":stream") || body.includes('"stream":true');
  for (const bytes of streamed ? found.stream : [found.whole]) write(bytes);
}

process.stdout.write(`${serveAnswers(0, answer)}\n`);
