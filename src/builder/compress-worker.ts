/** Runs on a worker thread: one zstd frame for each message. */
import { parentPort } from "node:worker_threads";
import { compress } from "@cloudpss/zstd";

parentPort?.on("message", ({ plain, level }: { readonly plain: Uint8Array; readonly level: number }) => {
  parentPort?.postMessage(compress(plain, level));
});
