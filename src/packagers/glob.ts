/** Path patterns: `*` and `?` within a component, `**` across components, `[abc]`, `{a,b}`; a pattern that names a folder means all in it. */

/**
 * @param patterns - such as `data/**`, `*.json`, `templates`.
 * @returns a test for paths relative to the project's folder, with `/`. Without patterns nothing fits.
 */
export function matchGlobs(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map((pattern) => new RegExp(`^(?:${globSource(pattern.replace(/^\.\//u, "").replace(/\/+$/u, ""))})(?:/.*)?$`, "u"));
  return (path) => tests.some((test) => test.test(path));
}

function globSource(pattern: string): string {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (pattern.startsWith("**/", at)) {
      source += "(?:[^/]+/)*";
      at += 2;
    } else if (pattern.startsWith("**", at)) {
      source += ".*";
      at += 1;
    } else if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[" && pattern.includes("]", at + 2)) {
      const end = pattern.indexOf("]", at + 2);
      source += `[${pattern.slice(at + 1, end).replace(/^!/u, "^").replace(/[\\[]/gu, "\\$&")}]`;
      at = end;
    } else if (character === "{" && pattern.includes("}", at)) {
      source += "(?:";
      depth += 1;
    } else if (character === "}" && depth > 0) {
      source += ")";
      depth -= 1;
    } else if (character === "," && depth > 0) source += "|";
    else source += character.replace(/[\\^$.*+?()[\]{}|/]/u, "\\$&");
  }
  return source;
}
