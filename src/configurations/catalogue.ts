import { type Catalog, createCatalog } from "#core/catalog/catalog.ts";
import { GatewayError } from "#core/errors.ts";
import { parseObject } from "#core/wire/json-value.ts";
import { readTextFile } from "#settings/read-text-file.ts";
import type { Settings } from "#settings/settings.ts";

/**
 * What is known of models: the built-in catalogue, corrected by the file that `gateway.model_catalog` names. Throws
 * `config_invalid` naming the file when it is missing or broken.
 */
export function openCatalog({ gateway }: Pick<Settings, "gateway">, readFile = readTextFile): Catalog {
  const path = gateway.modelCatalogPath;
  if (path === undefined) return createCatalog();
  const facts = parseObject(readFile(path) ?? "");
  if (facts === undefined) throw refusal(path, "is missing, or not a JSON object of models and their facts.");
  try {
    return createCatalog(facts);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    throw refusal(path, `cannot be used. ${thrown.message}`);
  }
}

function refusal(path: string, why: string): GatewayError {
  return new GatewayError("config_invalid", `${path} (gateway.model_catalog) ${why}`);
}
