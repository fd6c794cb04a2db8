import { gatewayTemplate, settingTemplate } from "#settings/describe/ini-template.ts";
import { renderReference } from "#settings/describe/reference.ts";

/** A file of the repository whose text follows from the schema. */
export interface GeneratedFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** The reference page and the templates of `init`. */
export function generatedFiles(): readonly GeneratedFile[] {
  return [
    { path: "docs/configuration.md", text: renderReference() },
    { path: "config/setting.ini", text: settingTemplate() },
    { path: "config/dev/gateway.ini", text: gatewayTemplate("dev") },
    { path: "config/test/gateway.ini", text: gatewayTemplate("test") },
    { path: "config/live/gateway.ini", text: gatewayTemplate("live") },
  ];
}
