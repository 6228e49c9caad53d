/**
 * Strict type-checked rules, and the direction of dependencies between the folders of src/ (ARCHITECTURE.md): a folder may import
 * what stands on a lower line, never a sibling on its own line.
 */
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

const LAYERS = [
  ["format"],
  ["reader"],
  ["trust", "builder", "workenv"],
  ["manifest", "runtimes", "helpers"],
  ["packagers"],
  ["orchestrator"],
  ["cli"],
];

/** @param {string} folder @param {string[]} forbidden @returns an ESLint block for one folder of src/. */
function layer(folder, forbidden) {
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(\\.\\./)+((${forbidden.join("|")})/|index\\.js$)`,
              message: `src/${folder} stands below or beside this; see the order of layers in eslint.config.js`,
            },
          ],
        },
      ],
    },
  };
}

const layers = LAYERS.flatMap((row, level) =>
  row.map((folder) => {
    const above = LAYERS.slice(level + 1).flat();
    const siblings = row.filter((name) => name !== folder);
    return layer(folder, [...siblings, ...above]);
  }),
).filter((block) => !block.files[0].startsWith("src/cli/"));

export default defineConfig(
  { ignores: ["dist/", "coverage/", "rust/", "go/", "examples/", "taster/", "build/", "npm/", "tests/**/fixtures/", "src/format/constants.gen.ts"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A number in a message needs no String() around it.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // `for await (const chunk of stream) void chunk;` reads to the end and says so.
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // What was caught is thrown on as it came.
      "@typescript-eslint/only-throw-error": ["error", { allowThrowingUnknown: true }],
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      eqeqeq: "error",
      "no-console": "error",
      "no-control-regex": "error",
      "no-fallthrough": "error",
      "no-useless-escape": "error",
    },
  },
  ...layers,
  {
    files: ["tests/**/*.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "error" },
  },
);
