/** Whether an output can be written, before long work begins. */
import { lstat, stat } from "node:fs/promises";
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
  if (existing !== undefined && !force) throw new FlavorError("output-exists", `${output} exists already`, { hint: "give --force to replace it, or another name with -o" });
}
