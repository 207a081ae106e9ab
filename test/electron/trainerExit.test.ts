import { describe, expect, it } from "vitest";
import { classifyTrainerExit, lastWords } from "../../electron/trainerExit.ts";

const thrown = `/app/dist/electron/trainer.cjs:12
    throw new RangeError("offset 12 is out of bounds");
    ^

RangeError: offset 12 is out of bounds
    at Timeout._onTimeout (/app/dist/electron/trainer.cjs:12:40)

Node.js v18.15.0
`;

describe("last words", () => {
  it("are the message of the error that was thrown", () => {
    expect(lastWords(thrown)).toBe("RangeError: offset 12 is out of bounds");
  });
  it("are the last line where nothing was thrown", () => {
    expect(lastWords("one\ntwo\n\n")).toBe("two");
    expect(lastWords("")).toBe("");
  });
});

describe("a trainer's end", () => {
  it("by an uncaught error is a crash with its message", () => {
    expect(classifyTrainerExit({ exitCode: 1, gone: null, stderr: thrown, ready: true })).toEqual({
      reason: "crashed",
      message: "ended with exit code 1, last words: RangeError: offset 12 is out of bounds",
    });
  });
  it("by SIGKILL is a kill", () => {
    expect(
      classifyTrainerExit({ exitCode: 0, gone: { reason: "killed", exitCode: 9 }, stderr: "", ready: true }),
    ).toEqual({
      reason: "killed",
      message: "killed by the system or another program (SIGKILL)",
    });
  });
  it.each([
    [1, "SIGHUP"],
    [2, "SIGINT"],
    [15, "SIGTERM"],
  ])("by signal %i, which other programs send, is a kill", (exitCode, name) => {
    expect(
      classifyTrainerExit({ exitCode: 0, gone: { reason: "crashed", exitCode }, stderr: "", ready: true }),
    ).toEqual({ reason: "killed", message: `killed by the system or another program (${name})` });
  });
  it("by its own fault is a crash, not a kill", () => {
    expect(
      classifyTrainerExit({ exitCode: 0, gone: { reason: "crashed", exitCode: 11 }, stderr: "", ready: true }),
    ).toEqual({
      reason: "crashed",
      message: "crashed (SIGSEGV)",
    });
  });
  it("for want of memory says so", () => {
    const end = { exitCode: 0, gone: { reason: "oom", exitCode: 9 }, stderr: "", ready: true };
    expect(classifyTrainerExit(end)).toEqual({ reason: "crashed", message: "out of memory" });
  });
  it("before it was ready is a failed start", () => {
    const stderr =
      "Error: Cannot find module '/app/dist/electron/trainer.cjs'\n  code: 'MODULE_NOT_FOUND'\n}\n\nNode.js v18.15.0\n";
    expect(classifyTrainerExit({ exitCode: 1, gone: null, stderr, ready: false })).toEqual({
      reason: "startFailed",
      message: "did not start (exit code 1), last words: Error: Cannot find module '/app/dist/electron/trainer.cjs'",
    });
  });
});
