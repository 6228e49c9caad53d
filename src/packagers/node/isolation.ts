/**
 * Which of the caller's variables a packed Node program does not see.
 *
 * What would load other code, or tell Node about another project, goes. What users set for programs to see stays: `NODE_ENV`,
 * `NODE_EXTRA_CA_CERTS`, `SSL_CERT_FILE`, `NODE_DEBUG`, `NODE_NO_WARNINGS`, `NO_COLOR`, `FORCE_COLOR`, proxy settings, `npm_config_*`;
 * so does `NODE_CHANNEL_FD`, by which a parent talks to a program that it forked.
 */
import type { RuntimeEnvironment } from "../../manifest/manifest.js";

const UNSET = [
  "ELECTRON_RUN_AS_NODE",
  "NODE_COMPILE_CACHE",
  "NODE_ICU_DATA",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_PRESERVE_SYMLINKS",
  "NODE_PRESERVE_SYMLINKS_MAIN",
  "NODE_REPL_EXTERNAL_MODULE",
  "NODE_TEST_CONTEXT",
  "NODE_V8_COVERAGE",
  "OPENSSL_CONF",
  "OPENSSL_MODULES",
  "npm_command",
  "npm_execpath",
  "npm_lifecycle_*",
  "npm_node_execpath",
  "npm_package_*",
];

/** @returns the packager's list with what the project's settings add; `pass` in the settings takes a name back. */
export function isolate(settings: RuntimeEnvironment): RuntimeEnvironment {
  const { pass = [], map = {}, set = {} } = settings;
  return {
    unset: [...new Set([...UNSET, ...(settings.unset ?? [])])],
    ...(pass.length > 0 ? { pass } : {}),
    ...(Object.keys(map).length > 0 ? { map } : {}),
    ...(Object.keys(set).length > 0 ? { set } : {}),
  };
}
