/** Bytes through one of Node's transform streams, with neither side ahead of the other. */
import type { Duplex } from "node:stream";

/**
 * @param refuse - the error for data that the transform does not take.
 * @throws what the source throws, as it comes.
 */
export async function* throughTransform(source: AsyncIterable<Uint8Array>, transform: Duplex, refuse: (cause: Error) => Error): AsyncGenerator<Uint8Array> {
  const upstream: Error[] = [];
  void feed(source, transform).catch((cause: unknown) => {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    upstream.push(error);
    transform.destroy(error);
  });
  try {
    for await (const chunk of transform) yield chunk as Uint8Array;
  } catch (cause) {
    throw upstream[0] ?? refuse(cause instanceof Error ? cause : new Error(String(cause)));
  } finally {
    transform.destroy();
  }
}

/** Each piece waits until the one before has been transformed and taken: a pipe would end the input early, and then nothing holds the transform back. */
async function feed(source: AsyncIterable<Uint8Array>, transform: Duplex): Promise<void> {
  for await (const piece of source) {
    const failed = await new Promise<boolean>((resolve) => transform.write(piece, (error) => { resolve(error !== null && error !== undefined); }));
    // Its reader is told by the transform itself.
    if (failed || transform.destroyed) return;
  }
  transform.end();
}
