import { toGatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { Gateway, ModelCall, ModelReply } from "#core/model-call.ts";
import { isStreamed } from "#core/wire/canonical-request.ts";
import type { CanonicalRequest, Codec, EncodeContext, Protocol } from "#core/wire/codec.ts";
import { decodeJsonBody, type JsonBody } from "#core/wire/json-body.ts";
import { forwardedHeaders } from "#core/wire/openai-chat/forwarded-headers.ts";
import { callerDeadlineMs } from "#http/caller-deadline.ts";
import type { LossPhase } from "#http/door-metrics.ts";
import { requireJson } from "#http/media-type.ts";
import { encodeContext, pieceEncoder, wholeBody } from "#http/reply-encoding.ts";
import { headerLine, replyHeaders, streamHeaders } from "#http/reply-headers.ts";
import { replyStream } from "#http/reply-stream.ts";
import { readBody } from "#http/request-body.ts";
import type { DoorParts, Route } from "#http/route-table.ts";
import type { RunningCall } from "#http/running-calls.ts";
import { settledWithin } from "#http/settled-within.ts";
import type { Visit } from "#http/visit.ts";

/** The endpoints that call models, each in its own protocol. */
export function modelCallRoutes(parts: DoorParts): Route[] {
  const route = (path: string, protocol: Protocol): Route => ({
    method: "POST",
    path,
    permission: "models:call",
    errors: protocol,
    handle: (visit, principal) => callModel(parts, parts.codecs[protocol], visit, principal),
  });
  return [route("/v1/chat/completions", "openai-chat"), route("/v1/embeddings", "openai-embeddings")];
}

/** One call, from its place among the running ones to the head of its answer. */
async function callModel(parts: DoorParts, codec: Codec, visit: Visit, principal: Principal): Promise<Response> {
  const { clock, gateway, metrics, running } = parts;
  const call = running.begin(visit.request.signal);
  let phase: LossPhase = "request";
  try {
    const modelCall = await readCall(parts, codec, visit, principal, call);
    const context = encodeContext(modelCall.request, visit.requestId, clock.now());
    phase = "first_byte";
    const opening = gateway.open(modelCall);
    if (isStreamed(modelCall.request)) {
      return await streamedAnswer(parts, codec, visit, call, opening, context);
    }
    const response = await wholeAnswer(parts, codec, visit, await opening, context);
    call.release();
    return response;
  } catch (thrown) {
    call.release();
    const error = toGatewayError(call.signal.aborted ? call.signal.reason : thrown);
    if (error.code === "client_closed") metrics.clientLost(phase);
    throw error;
  }
}

/** Reads and judges the request. The sender is known by now, so the runtime's idle timeout makes way for our clocks. */
async function readCall(
  { clock, gateway, limits }: DoorParts,
  codec: Codec,
  visit: Visit,
  principal: Principal,
  call: RunningCall,
): Promise<ModelCall> {
  const { headers } = visit.request;
  requireJson(headers);
  const deadlineMs = callerDeadlineMs(headers);
  visit.keepOpen();
  const body = decodeJsonBody(await readBody(visit.request, limits, clock));
  const request = decodeRequest(codec, body, gateway);
  if (deadlineMs !== undefined) {
    const leftMs = deadlineMs - (clock.monotonic() - visit.receivedAt);
    call.deadline(Math.max(0, leftMs), `The caller's deadline of ${deadlineMs} ms has passed.`);
  }
  return {
    requestId: visit.requestId,
    principal,
    protocol: codec.protocol,
    body,
    request,
    headers: forwardedHeaders((name) => headers.get(name)),
    receivedAt: visit.receivedAt,
    signal: call.signal,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
}

/** An unknown model is named before anything else in the request is judged. */
function decodeRequest(codec: Codec, body: JsonBody, gateway: Gateway): CanonicalRequest {
  try {
    return codec.decodeRequest(body);
  } catch (refusal) {
    const { model } = body.value;
    if (typeof model === "string") gateway.checkModel(model);
    throw refusal;
  }
}

async function wholeAnswer(
  parts: DoorParts,
  codec: Codec,
  visit: Visit,
  reply: ModelReply,
  context: EncodeContext,
): Promise<Response> {
  const body = await wholeBody(codec, reply, context);
  const headers = headersOf(parts, visit, reply);
  headers["content-type"] = "application/json";
  return new Response(body, { headers });
}

/** Waits for the first event as long as that is decent, then answers 200 whatever comes. */
async function streamedAnswer(
  parts: DoorParts,
  codec: Codec,
  visit: Visit,
  call: RunningCall,
  opening: Promise<ModelReply>,
  context: EncodeContext,
): Promise<Response> {
  const { clock, limits, metrics } = parts;
  const reply = await settledWithin(opening, limits.commitAfterMs, clock);
  const headers = reply === undefined ? { "x-request-id": visit.requestId } : headersOf(parts, visit, reply);
  visit.goesOn = true;
  metrics.streamOpened();
  const body = replyStream({
    opening,
    committedEarly: reply === undefined,
    encoderOf: (opened) => pieceEncoder(codec, opened, context),
    lateHeaders: (opened) => headerLine(headersOf(parts, visit, opened)),
    codec,
    call,
    requestId: visit.requestId,
    clock,
    limits,
    onEnd(error, opened) {
      metrics.streamClosed();
      if (error?.code === "client_closed") metrics.clientLost(opened ? "streaming" : "first_byte");
      visit.finish(200, error);
    },
  });
  return new Response(body, { headers: { ...headers, ...streamHeaders } });
}

function headersOf({ clock, metrics }: DoorParts, visit: Visit, reply: ModelReply): Record<string, string> {
  const overheadMs = clock.monotonic() - visit.receivedAt - reply.upstreamMs;
  metrics.overhead(visit.route, overheadMs);
  visit.answeredBy = reply;
  return replyHeaders(visit.requestId, reply, overheadMs);
}
