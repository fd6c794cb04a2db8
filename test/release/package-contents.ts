/** Files below /etc/tokligence, which an upgrade leaves as they were edited. */
const configuration: readonly string[] = [
  "config.yaml",
  "dev/gateway.ini",
  "environment",
  "live/gateway.ini",
  "setting.ini",
  "test/gateway.ini",
];
/** Every other file, but where shells look for completion, and licenses, differs from system to system. */
export const everywhere: readonly string[] = [
  "/usr/bin/tokligence",
  "/usr/share/bash-completion/completions/tokligence",
  "/usr/share/fish/vendor_completions.d/tokligence.fish",
  "/usr/share/man/man1/tokligence.1.gz",
  ...configuration.map((name) => `/etc/tokligence/${name}`),
];
/** What Red Hat and Alpine want in places of their own. */
export const redHat: readonly string[] = [
  "/usr/share/licenses/tokligence/LICENSE",
  "/usr/share/licenses/tokligence/THIRD_PARTY_LICENSES",
  "/usr/share/zsh/site-functions/_tokligence",
];
