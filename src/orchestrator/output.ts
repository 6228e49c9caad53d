/** Whether an output can be written, before long work begins. */
import { lstat, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FlavorError } from "../format/error.js";

/** @throws FlavorError `output-exists`, `output-unwritable`. */
export async function checkOutput(output: string, force: boolean): Promise<void> {
  const folder = dirname(output);
  const parent = await stat(folder).catch((cause: unknown) => {
    throw new FlavorError("output-unwritable", `cannot write ${output}: the folder ${folder} does not exist`, { cause, hint: `make it first: mkdir -p ${folder}` });
  });
  if (!parent.isDirectory()) throw new FlavorError("output-unwritable", `cannot write ${output}: ${folder} is not a folder`);
  const existing = await lstat(output).catch(() => undefined);
  if (existing?.isDirectory() === true) throw new FlavorError("output-exists", `${output} is a folder`, { hint: "give a file name with -o" });
  if (existing?.isFile() === false && !existing.isSymbolicLink()) throw new FlavorError("output-exists", `${output} is a device or pipe`, { hint: "give a file name with -o" });
  if (existing !== undefined && !force) throw new FlavorError("output-exists", `${output} exists already`, { hint: "give --force to replace it, or another name with -o" });
}

/**
 * What is read must not be replaced, --force or not: a key that is gone is gone.
 *
 * @param inputs - files and folders that the package is made from.
 * @throws FlavorError `output-exists`.
 */
export async function checkNotInput(output: string, inputs: readonly (string | undefined)[]): Promise<void> {
  const place = await realpath(output).catch(() => undefined);
  if (place === undefined) return;
  for (const input of inputs) {
    if (input === undefined || (await realpath(input).catch(() => undefined)) !== place) continue;
    throw new FlavorError("output-exists", `${output} is ${input}, which the package is made from`, { hint: "give another name with -o" });
  }
}
