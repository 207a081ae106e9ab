import { type CommandName, type CommandSpec, commands } from "./options.ts";

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`).join("\n");
};

/** What `layerscope help` prints. */
export const generalHelp = (): string =>
  [
    "layerscope: wire a neural network, train it, and see what every layer does while it learns.",
    "",
    "Usage: layerscope COMMAND …",
    "",
    columns([
      ...Object.entries(commands).map(([name, spec]): [string, string] => [
        `${name} ${spec.operands.join(" ")}`,
        spec.summary,
      ]),
      ["help [COMMAND]", "Show the options of a command"],
      ["--version", "Show the version"],
    ]),
    "",
    "Exit codes: 0 done, 1 failed or found wrong, 2 bad arguments or files, 130 stopped by Ctrl-C, 143 by SIGTERM. What is wrong is one line on stderr,",
    'and with --json {"event":"error","message","exitCode"} on stdout as well.',
    "",
  ].join("\n");

/** What `layerscope help train` prints. */
export const commandHelp = (name: CommandName): string => {
  const spec: CommandSpec = commands[name];
  return [
    `Usage: layerscope ${[name, ...spec.operands].join(" ")} [options]`,
    "",
    `${spec.summary}.`,
    ...spec.text,
    "",
    "Options:",
    columns(
      Object.entries(spec.options).map(([option, { value, help }]) => [
        `--${option}${value === undefined ? "" : ` ${value}`}`,
        help,
      ]),
    ),
    "",
  ].join("\n");
};
