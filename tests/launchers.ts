/** The launchers that a package may begin with. They behave alike, so what is about starts is tested once for each. */
import { fileURLToPath } from "node:url";

export interface Launcher {
  readonly language: string;
  readonly file: string;
}

/** For this machine, as `make build-helpers` leaves them in dist/bin. */
export const LAUNCHERS: readonly Launcher[] = [
  { language: "Rust", file: fileURLToPath(new URL("../dist/bin/flavor-rs-launcher-linux_amd64", import.meta.url)) },
  { language: "Go", file: fileURLToPath(new URL("../dist/bin/flavor-go-launcher-linux_amd64", import.meta.url)) },
];
