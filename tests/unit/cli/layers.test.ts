import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";

/** The rule that is asked; the type-checked ones need files that exist. */
async function violations(path: string, text: string): Promise<string[]> {
  const eslint = new ESLint({
    overrideConfig: [{ files: ["**/*.ts"], languageOptions: { parserOptions: { projectService: false, project: null } } }],
    ruleFilter: ({ ruleId }) => ruleId === "no-restricted-imports",
  });
  const results = await eslint.lintText(text, { filePath: path });
  return results.flatMap((result) => result.messages).map((message) => message.ruleId ?? message.message);
}

describe("the direction of dependencies", () => {
  it.each([
    ["src/format/x.ts", "../reader/open.js"],
    ["src/reader/x.ts", "../builder/progress.js"],
    ["src/trust/x.ts", "../workenv/name.js"],
    ["src/manifest/x.ts", "../helpers/find.js"],
    ["src/packagers/python/x.ts", "../../orchestrator/pack.js"],
    ["src/packagers/plan.ts", "../cli/main.js"],
    ["src/orchestrator/x.ts", "../cli/main.js"],
    ["src/builder/x.ts", "../index.js"],
  ])("is broken by %s importing %s, and the lint rule says so", async (path, target) => {
    expect(await violations(path, `import { x } from "${target}";\nexport const y = x;\n`)).toEqual(["no-restricted-imports"]);
    expect(await violations(path, `import type { X } from "${target}";\nexport type Y = X;\n`)).toEqual(["no-restricted-imports"]);
  });

  it.each([
    ["src/reader/x.ts", "../format/error.js"],
    ["src/packagers/python/x.ts", "../../runtimes/tool.js"],
    ["src/packagers/python/x.ts", "../plan.js"],
    ["src/cli/commands/x.ts", "../../orchestrator/pack.js"],
  ])("allows %s to import %s", async (path, target) => {
    expect(await violations(path, `import { x } from "${target}";\nexport const y = x;\n`)).toEqual([]);
  });
});
