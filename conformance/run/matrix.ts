/** What was tried and what came of it: rows are behaviours, columns implementations or pairs of them. */

/** A check: one row in one column. */
export interface Check {
  readonly section: string;
  readonly row: string;
  readonly column: string;
  /** `skipped` where something that it needs is not on this machine. */
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was expected and what came; why it was skipped. */
  readonly detail?: string;
}

export class Matrix {
  readonly checks: Check[] = [];
  readonly notes = new Map<string, string>();

  add(section: string, row: string, column: string, fault: string | undefined): void {
    this.checks.push({ section, row, column, outcome: fault === undefined ? "passed" : "failed", ...(fault === undefined ? {} : { detail: fault }) });
  }

  skip(section: string, row: string, column: string, detail: string): void {
    this.checks.push({ section, row, column, outcome: "skipped", detail });
  }

  /** What is shown at the end of a row. */
  note(section: string, row: string, text: string): void {
    this.notes.set(`${section}\n${row}`, text);
  }

  count(outcome: Check["outcome"]): number {
    return this.checks.filter((check) => check.outcome === outcome).length;
  }

  /** @returns the table of each section, and under it what failed. */
  render(): string {
    const sections = [...new Set(this.checks.map(({ section }) => section))];
    return sections.map((section) => renderSection(section, this.checks.filter((check) => check.section === section), (row) => this.notes.get(`${section}\n${row}`) ?? "")).join("\n");
  }
}

/** `ok` for one check that passed, `12 ok` for several, `FAIL 2/12`, `skipped`. */
function cell(checks: readonly Check[]): string {
  const failed = checks.filter(({ outcome }) => outcome === "failed").length;
  if (checks.length === 0) return "";
  if (failed > 0) return checks.length === 1 ? "FAIL" : `FAIL ${failed}/${checks.length}`;
  if (checks.some(({ outcome }) => outcome === "skipped")) return "skipped";
  return checks.length === 1 ? "ok" : `${checks.length} ok`;
}

function renderSection(section: string, checks: readonly Check[], noteOf: (row: string) => string): string {
  const columns = [...new Set(checks.map(({ column }) => column))].sort();
  const rows = [...new Set(checks.map(({ row }) => row))];
  const table = [["", ...columns, ""], ...rows.map((row) => [row, ...columns.map((column) => cell(checks.filter((check) => check.row === row && check.column === column))), noteOf(row)])];
  const widths = ["", ...columns, ""].map((_, at) => Math.max(...table.map((line) => line[at]?.length ?? 0)));
  const lines = table.map((line) => line.map((text, at) => text.padEnd(widths[at] ?? 0)).join("  ").trimEnd());
  const faults = checks.filter(({ outcome }) => outcome === "failed").map(({ row, column, detail }) => `  FAIL ${row} [${column}]: ${detail ?? ""}`);
  const skips = new Set(checks.filter(({ outcome }) => outcome === "skipped").map(({ column, detail }) => `  skipped [${column}]: ${detail ?? ""}`));
  return [`\n## ${section}`, ...lines, ...faults, ...skips].join("\n");
}
