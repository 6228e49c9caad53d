/**
 * Bytecode, made with the packed interpreter itself: unchecked-hash `.pyc` files, so that no start compares times, and with no path of the
 * machine that packs in them. Equal sources give equal bytes.
 */
import { FlavorError } from "../format/error.js";
import { runTool, lastWords, type Environment } from "./tool.js";

/** Two processes on every machine: which file is compiled by which must not depend on the number of processors. */
const PROCESSES = 2;

const COMPILE = `
import importlib._bootstrap_external as external, importlib.util, os, sys, warnings
warnings.simplefilter("ignore")
root, label, part, parts = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
paths = []
for folder, names, files in os.walk(root):
    names[:] = [name for name in names if name != "__pycache__"]
    paths += [os.path.join(folder, name) for name in files if name.endswith(".py")]
for path in sorted(paths)[part::parts]:
    with open(path, "rb") as file:
        source = file.read()
    try:
        code = compile(source, label + "/" + os.path.relpath(path, root), "exec", dont_inherit=True, optimize=0)
    except Exception:
        continue
    target = importlib.util.cache_from_source(path, optimization="")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(external._code_to_hash_pyc(code, importlib.util.source_hash(source), False))
`;

/** What compiling needs. */
export interface BytecodeContext {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/**
 * Compile every module below a folder. Files that are no valid Python for this interpreter (templates, code for other versions) are left as they are.
 *
 * @param interpreter - absolute path of the interpreter that will run the code.
 * @param folder - absolute.
 * @param label - stands for the folder in tracebacks of code whose source cannot be found.
 * @throws FlavorError `build-failed` if the interpreter fails.
 */
export async function compileBytecode(interpreter: string, folder: string, label: string, context: BytecodeContext): Promise<void> {
  const environment = { PATH: context.environment["PATH"], PYTHONHASHSEED: "0" };
  const parts = Array.from({ length: PROCESSES }, (_, part) => part.toString());
  const results = await Promise.all(parts.map((part) => runTool(interpreter, ["-B", "-S", "-c", COMPILE, folder, label, part, PROCESSES.toString()], { cwd: folder, environment, signal: context.signal })));
  const failed = results.find(({ status }) => status !== 0);
  if (failed !== undefined) throw new FlavorError("build-failed", `byte-compiling ${label} failed: ${lastWords(failed, 1)}`);
}
