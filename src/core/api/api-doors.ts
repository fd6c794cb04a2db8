import { z } from "zod";
import { deskOperations } from "#core/api/desk-operations.ts";
import { ledgerDoors } from "#core/api/ledger.ts";
import { loginDoors } from "#core/api/login.ts";
import type { ApiDoor } from "#core/api/open-api.ts";
import { operations } from "#core/api/operations.ts";
import { statusOperations } from "#core/api/status.ts";

/** The document of all of them. */
export const openApiDoor = {
  method: "GET",
  path: "/openapi.json",
  permission: "public",
  summary: "This document.",
  input: z.strictObject({}),
  output: z.record(z.string(), z.unknown()),
} as const satisfies ApiDoor;

/** Everything there is under `/api/v1`, by name, as the OpenAPI document shows it. */
export const apiDoors: Readonly<Record<string, ApiDoor>> = {
  ...operations,
  ...deskOperations,
  ...statusOperations,
  ...loginDoors,
  ...ledgerDoors,
  openApi: openApiDoor,
};
