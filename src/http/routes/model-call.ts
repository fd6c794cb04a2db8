import { isStreamed, type CanonicalRequest } from "#core/chat/canonical-request.ts";
import { toGatewayError } from "#core/errors.ts";
import type { Principal } from "#core/identity/principal.ts";
import type { LimitHold } from "#core/limits/limiter.ts";
import type { Gateway, ModelCall, ModelReply } from "#core/model-call.ts";
import type { Codec, EncodeContext, RequestAddress } from "#core/wire/codec.ts";
import type { JsonBody } from "#core/wire/json-body.ts";
import { callerAsksCost, callerDeadlineMs, callerIsStrict, callerTags, callerUrgency } from "#http/caller-wishes.ts";
import { AnswerRecord } from "#http/answer-record.ts";
import { callOnce, type FirstBody, idempotencyKey } from "#http/idempotent-call.ts";
import { forwardedHeaders } from "#http/forwarded-headers.ts";
import { type AnswerKeeper, bothKeepers } from "#http/kept-response.ts";
import { limitHeaders } from "#http/limit-headers.ts";
import { encodeContext, PieceWriter, wholeReply } from "#http/reply-encoding.ts";
import {
  costHeader,
  costText,
  headerLine,
  replyHeaders,
  requestIdHeaders,
  streamHeaders,
} from "#http/reply-headers.ts";
import { replyStream } from "#http/reply-stream.ts";
import { readJson } from "#http/request-body.ts";
import type { DoorParts } from "#http/route.ts";
import type { RunningCall } from "#http/running-calls.ts";
import { settledWithin } from "#http/settled-within.ts";
import type { Visit } from "#http/visit.ts";

/** What a door knows of a call before it has read it. */
export interface CallDoor {
  readonly codec: Codec;
  readonly address: RequestAddress;
  /** Puts into the body what it only refers to. */
  readonly complete?: (body: JsonBody, principal: Principal) => Promise<CompletedBody>;
  /** Who keeps the answer to such a body, if anybody does. */
  readonly keeper?: (body: JsonBody, principal: Principal) => AnswerKeeper | undefined;
}

/** A body that refers to nothing that only this gateway keeps, and a shorter one for the provider that keeps it too. */
export type CompletedBody = Pick<ModelCall, "body" | "shortBody">;

/** A call as it was read. */
interface ReadCall {
  /** The body as it came, for what an answer repeats of it. */
  readonly asked: JsonBody;
  readonly modelCall: ModelCall;
}

/** One call, from its place among the running ones to the head of its answer; made once under one idempotency key. */
export async function callModel(
  parts: DoorParts,
  door: CallDoor,
  visit: Visit,
  principal: Principal,
): Promise<Response> {
  const key = idempotencyKey(visit.request.headers, parts.limits.idempotency.ttlMs);
  if (key === undefined) return newCall(parts, door, visit, principal);
  return callOnce(parts, door, visit, principal, key, (body) => newCall(parts, door, visit, principal, body));
}

async function newCall(
  parts: DoorParts,
  door: CallDoor,
  visit: Visit,
  principal: Principal,
  once?: FirstBody,
): Promise<Response> {
  const { clock, gateway, limiter, limits, metrics, running } = parts;
  const { codec } = door;
  const record = once === undefined ? undefined : new AnswerRecord(once.first, limits.idempotency.maxBytes);
  const call = running.begin(visit.request.signal);
  let held: LimitHold | undefined;
  try {
    held = limiter.enter(principal, visit.connection, codec.operation !== "count");
    const asksCost = callerAsksCost(visit.request.headers);
    const { asked, modelCall } = await readCall(parts, door, visit, principal, call, held, once?.asked);
    const { request, body, address } = modelCall;
    const responseKeeper = door.keeper?.(body, principal);
    const kept = door.keeper === undefined ? {} : { kept: responseKeeper !== undefined };
    const keeper = responseKeeper && record ? bothKeepers(responseKeeper, record) : (responseKeeper ?? record);
    const context = { ...encodeContext(request, asked, address, visit.requestId, clock), ...kept };
    const answering = { codec, context, keeper, record, held, asksCost };
    if (once !== undefined) {
      await once.first.begin();
      call.signal.throwIfAborted();
    }
    call.phase = "first_byte";
    call.isQueued = () => gateway.isWaiting(visit.requestId);
    const opening = gateway.open(modelCall);
    if (isStreamed(request)) {
      return await streamedAnswer(parts, answering, visit, call, opening);
    }
    const response = await wholeAnswer(parts, answering, visit, await opening);
    call.release();
    return response;
  } catch (thrown) {
    call.release();
    // Whatever reached the gateway is settled; what did not has cost a request and no tokens.
    held?.settle({ tokens: 0, refused: false });
    const error = toGatewayError(call.signal.aborted ? call.signal.reason : thrown);
    if (error.code === "client_closed") metrics.clientLost(call.phase);
    await record?.ended(error, call.phase);
    throw error;
  }
}

/** Reads and judges the request. The sender is known by now, so the runtime's idle timeout makes way for our clocks. */
async function readCall(
  { clock, gateway, limits }: DoorParts,
  door: CallDoor,
  visit: Visit,
  principal: Principal,
  call: RunningCall,
  held: LimitHold,
  read: JsonBody | undefined,
): Promise<ReadCall> {
  const { headers } = visit.request;
  const deadlineMs = callerDeadlineMs(headers);
  const strict = callerIsStrict(headers);
  const tags = callerTags(headers);
  const asked = read ?? (await readJson(visit.request, limits, clock, () => visit.keepOpen()));
  const { request, ...completed } = await understand(door, asked, principal, gateway);
  call.callerDeadline(deadlineMs, visit.receivedAt);
  const { codec, address } = door;
  const modelCall: ModelCall = {
    requestId: visit.requestId,
    principal,
    protocol: codec.protocol,
    ...completed,
    address,
    request,
    strict,
    tags,
    headers: forwardedHeaders(codec, headers),
    receivedAt: visit.receivedAt,
    limits: held,
    ...callerUrgency(headers),
    signal: call.signal,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
  };
  return { asked, modelCall };
}

/** An unknown model is named before anything else in the request is judged. */
async function understand(
  { codec, address, complete }: CallDoor,
  asked: JsonBody,
  principal: Principal,
  gateway: Gateway,
): Promise<CompletedBody & { readonly request: CanonicalRequest }> {
  try {
    const completed = complete === undefined ? { body: asked } : await complete(asked, principal);
    return { ...completed, request: codec.decodeRequest(completed.body, address) };
  } catch (refusal) {
    const model = address.model ?? asked.value["model"];
    if (typeof model === "string") gateway.checkModel(model);
    throw refusal;
  }
}

/** What an answer is written with. */
interface Answering {
  readonly codec: Codec;
  readonly context: EncodeContext;
  readonly keeper: AnswerKeeper | undefined;
  /** Keeps the answer of a call with an idempotency key. */
  readonly record: AnswerRecord | undefined;
  readonly held: LimitHold;
  /** Whether the answer is to say what it cost. */
  readonly asksCost: boolean;
}

async function wholeAnswer(parts: DoorParts, answering: Answering, visit: Visit, reply: ModelReply): Promise<Response> {
  const { codec, context, keeper } = answering;
  keeper?.opened(reply);
  const { body, lost } = await wholeReply(codec, reply, context);
  const headers = headersOf(parts, answering, visit, reply, lost);
  headers["content-type"] = "application/json";
  if (answering.asksCost) headers[costHeader] = costText(reply.costNanos());
  await keeper?.body(body);
  return new Response(body, { headers });
}

/** Waits for the first event as long as that is decent, then answers 200 whatever comes. */
async function streamedAnswer(
  parts: DoorParts,
  answering: Answering,
  visit: Visit,
  call: RunningCall,
  opening: Promise<ModelReply>,
): Promise<Response> {
  const { codec, context, keeper, record, asksCost } = answering;
  const { clock, gateway, limits, metrics } = parts;
  const reply = await settledWithin(opening, limits.commitAfterMs, clock);
  const ids = requestIdHeaders(visit.requestId, codec.family);
  const headers = reply === undefined ? ids : headersOf(parts, answering, visit, reply);
  const writer = codec.createWriter(context);
  if (record !== undefined) record.contentType = writer.contentType;
  visit.goesOn = true;
  metrics.streamOpened();
  const body = replyStream({
    opening,
    committedEarly: reply === undefined,
    writer,
    place: () => gateway.waiting(visit.requestId),
    keeper,
    piecesOf(opened) {
      call.phase = "streaming";
      keeper?.opened(opened);
      return new PieceWriter(writer, codec, opened, asksCost ? opened.costNanos : undefined);
    },
    lateHeaders: (opened) => headerLine(headersOf(parts, answering, visit, opened)),
    call,
    clock,
    limits,
    onEnd(error, lost) {
      metrics.streamClosed();
      if (error?.code === "client_closed") metrics.clientLost(call.phase);
      void record?.ended(error, call.phase);
      visit.dropped = [...visit.dropped, ...lost];
      visit.finish(200, error);
    },
  });
  return new Response(body, { headers: { ...headers, ...streamHeaders, "content-type": writer.contentType } });
}

function headersOf(
  { clock, metrics }: DoorParts,
  { codec: { family }, held, record }: Answering,
  visit: Visit,
  reply: ModelReply,
  lost: readonly string[] = [],
): Record<string, string> {
  const overheadMs = clock.monotonic() - visit.receivedAt - reply.upstreamMs - reply.queueMs;
  metrics.overhead(visit.route, overheadMs);
  visit.answeredBy = reply;
  visit.dropped = lost.length === 0 ? reply.dropped : [...reply.dropped, ...lost];
  const headers = {
    ...requestIdHeaders(visit.requestId, family),
    ...replyHeaders(reply, visit.dropped, overheadMs),
    ...limitHeaders(held.report(), family, clock.now()),
  };
  if (record !== undefined) record.headers = headers;
  return headers;
}
