import chalk from "chalk";

/** @returns a greeting, in colour where the terminal has it. */
export function greeting(name: string, loud: boolean): string {
  const text = `Hello, ${name}!`;
  return chalk.green(loud ? text.toUpperCase() : text);
}
