import { BaseUrl } from "#integrations/providers/base-url.ts";

/** Where on Google Vertex AI models are called. */
export interface VertexOptions {
  readonly variant: "vertex";
  readonly project: string;
  /** Such as `europe-west4`, `eu`, `us` or `global`. */
  readonly region: string;
}

/** The address of a publisher's models; what the function is given stands behind `models/`. */
export function vertexModels(
  { project, region }: VertexOptions,
  publisher: "anthropic" | "google",
  baseUrl: string | undefined,
): (model: string, query?: Readonly<Record<string, string>>) => string {
  const at = new BaseUrl(baseUrl ?? `https://${hostOf(region)}`).versioned("/v1");
  const place = `/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(region)}`;
  return (model, query) => at(`${place}/publishers/${publisher}/models/${model}`, query);
}

function hostOf(region: string): string {
  if (region === "global") return "aiplatform.googleapis.com";
  if (region === "us" || region === "eu") return `aiplatform.${region}.rep.googleapis.com`;
  return `${region}-aiplatform.googleapis.com`;
}
