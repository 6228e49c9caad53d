#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { greeting } from "./greeting.js";
import { info } from "./info.js";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const program = new Command("node-ts-cli").description("A small TypeScript program with dependencies").version(version).enablePositionalOptions();

program
  .command("greet")
  .description("greet somebody in colour")
  .argument("[name]", "whom to greet", "world")
  .option("-l, --loud", "in capitals", false)
  .action((name: string, options: { loud: boolean }) => {
    console.log(greeting(name, options.loud));
  });

program
  .command("args")
  .description("print the arguments that follow as JSON, exactly as they arrived")
  .argument("[words...]")
  .allowUnknownOption()
  .passThroughOptions()
  .helpOption(false)
  .action(() => {
    console.log(JSON.stringify(process.argv.slice(3)));
  });

program
  .command("exit")
  .description("end with a status")
  .argument("<status>", "0 to 255", Number)
  .action((status: number) => {
    process.exitCode = status;
  });

program
  .command("info")
  .description("print what the program sees of its surroundings, as JSON")
  .action(() => {
    console.log(JSON.stringify(info(), undefined, 2));
  });

await program.parseAsync();
