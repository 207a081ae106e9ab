/** The memory plan and the schedule, as pure functions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pixelsPerWalk } from "../../../engine/compile/contractionTables.ts";
import { createLayout } from "../../../engine/compile/layout.ts";
import { lower } from "../../../engine/compile/lower.ts";
import { createMemoryImage } from "../../../engine/compile/memoryImage.ts";
import { planMemory } from "../../../engine/compile/plan.ts";
import { schedule } from "../../../engine/compile/schedule.ts";
import type { Operation } from "../../../engine/compile/step.ts";
import { chain, lenet } from "../compile/documents.ts";
import { programOf } from "./nets.ts";

const lifetime = fc
  .record({
    bytes: fc.integer({ min: 1, max: 5000 }),
    first: fc.integer({ min: 0, max: 20 }),
    length: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ bytes, first, length }) => ({ bytes, first, last: first + length }));

describe("planMemory", () => {
  it("never lets two buffers overlap that live at the same time", () => {
    fc.assert(
      fc.property(fc.array(lifetime, { maxLength: 40 }), (buffers) => {
        const { offsets, bytes } = planMemory(buffers);
        buffers.forEach((a, i) => {
          const start = offsets[i] ?? -1;
          expect(start).toBeGreaterThanOrEqual(0);
          expect(start % 64).toBe(0);
          expect(start + a.bytes).toBeLessThanOrEqual(bytes);
          buffers.slice(0, i).forEach((b, j) => {
            const other = offsets[j] ?? -1;
            const liveTogether = a.first <= b.last && b.first <= a.last;
            const overlap = start < other + b.bytes && other < start + a.bytes;
            expect(liveTogether && overlap).toBe(false);
          });
        });
      }),
    );
  });

  it("reuses bytes: buffers that follow each other take the room of the largest", () => {
    const buffers = [512, 4096, 128].map((bytes, phase) => ({ bytes, first: phase, last: phase }));
    expect(planMemory(buffers)).toEqual({ offsets: [0, 0, 0], bytes: 4096 });
  });

  it("gives buffers that live together rooms of their own", () => {
    const buffers = [512, 4096, 128].map((bytes) => ({ bytes, first: 0, last: 3 }));
    expect(planMemory(buffers).bytes).toBe(512 + 4096 + 128);
  });
});

const loweredLenet = () =>
  lower(programOf(lenet(), 32), { optimizer: "adam", clips: false, seed: 1, sampleShape: [1, 28, 28], floats: false });

/** The position of an operation: phase, then place within it. */
const positions = (operations: readonly Operation[]) => {
  const found = new Map<Operation, { phase: number; at: number }>();
  schedule(operations, 32).forEach((phase, number) => {
    phase.segments
      .flatMap((segment) => segment.operations)
      .forEach((operation, at) => {
        found.set(operation, { phase: number, at });
      });
  });
  return found;
};

describe("schedule", () => {
  it("runs every operation once, after everything it depends on", () => {
    const { training } = loweredLenet();
    const found = positions(training);
    expect(found.size).toBe(training.length);
    training.forEach((later, index) => {
      const position = found.get(later);
      for (const earlier of training.slice(0, index)) {
        const writes = new Set(earlier.writes.map(({ buffer }) => buffer));
        const shared = later.reads.filter(({ buffer }) => writes.has(buffer));
        if (shared.length === 0) continue;
        const before = found.get(earlier);
        if (position === undefined || before === undefined) throw new Error("an operation was lost");
        expect(before.phase).toBeLessThanOrEqual(position.phase);
        if (before.phase !== position.phase) continue;
        expect(before.at).toBeLessThan(position.at);
        // Within a phase only what a task wrote itself may be read.
        const scopes = earlier.writes.filter(({ buffer }) => shared.some((access) => access.buffer === buffer));
        for (const { scope } of [...shared, ...scopes]) expect(scope).toBe("local");
      }
    });
  });

  it("fuses a convolution with the normalization before it and the statistics after it into one phase", () => {
    const { training } = loweredLenet();
    const phases = schedule(training, 32).map(({ segments }) =>
      segments.flatMap(({ operations }) => operations.map(({ kernel, nodes }) => `${kernel} ${nodes.join("+")}`)),
    );
    expect(phases[0]).toEqual(["gather input", "contraction conv1", "channelMoments bn1"]);
    expect(phases).toContainEqual(["blockForward bn1+relu1+pool1", "winogradForward conv2", "channelMoments bn2"]);
  });

  it.each([9, 12])("splits the weight gradient of %i classes by inputs, beside the input gradient", (units) => {
    const net = chain(
      ["input", "input", { shape: [20] }],
      ["dense", "fc1", { units: 100 }],
      ["batchNorm", "bn1"],
      ["dense", "classes", { units }],
      ["output", "output"],
    );
    const options = { optimizer: "sgd", clips: false, seed: 1, sampleShape: [20], floats: true } as const;
    const { training } = lower(programOf(net, 32), options);
    const phase = schedule(training, 32).find(({ segments }) =>
      segments.some(({ operations }) => operations.some(({ kernel }) => kernel === "narrowGradient")),
    );
    expect(phase?.domain).toEqual({ type: "channels", quads: 25 });
    const ofClasses = phase?.segments.flatMap(({ operations }) =>
      operations.filter(({ nodes }) => nodes.includes("classes")).map(({ kernel }) => kernel),
    );
    expect(ofClasses).toEqual(["product", "narrowGradient"]);
  });

  it("updates nothing before the loss is known to be finite", () => {
    const { training } = loweredLenet();
    const phases = schedule(training, 32);
    const lossPhase = phases.findIndex(({ segments }) =>
      segments.some(({ operations }) => operations.some(({ kernel }) => kernel === "lossTotal")),
    );
    phases.forEach(({ when, segments }, number) => {
      const updates = segments.some(({ operations }) => operations.some(({ pass }) => pass === "update"));
      if (updates) expect(number).toBeGreaterThan(lossPhase);
      if (number > lossPhase) expect(when).not.toBe("always");
    });
  });
});

describe("the memory image", () => {
  const image = () => {
    const lowered = loweredLenet();
    return { lowered, memory: createMemoryImage(lowered, [{ name: "images", bytes: 1000 }], 1) };
  };

  it("is the same for the same program", () => {
    const [a, b] = [image(), image()];
    const addresses = ({ lowered, memory }: typeof a) =>
      lowered.lowering.buffers.map((buffer) => memory.addressOf(buffer));
    expect(addresses(a)).toEqual(addresses(b));
    expect(a.memory.bytes).toBe(b.memory.bytes);
  });

  it("keeps buffers that are live in the same phase apart", () => {
    const { lowered, memory } = image();
    const { phases } = memory.jobs.training;
    const spans = new Map<(typeof lowered.lowering.buffers)[number], { first: number; last: number }>();
    phases.forEach(({ segments }, number) => {
      for (const { reads, writes } of segments.flatMap(({ operations }) => operations)) {
        for (const { buffer } of [...reads, ...writes]) {
          const span = spans.get(buffer) ?? { first: buffer.lifetime === "kept" ? -1 : number, last: number };
          spans.set(buffer, { first: span.first, last: buffer.lifetime === "kept" ? phases.length : number });
        }
      }
    });
    const live = [...spans];
    live.forEach(([a, spanOfA], index) => {
      for (const [b, spanOfB] of live.slice(0, index)) {
        if (spanOfA.last < spanOfB.first || spanOfB.last < spanOfA.first) continue;
        const [startOfA, startOfB] = [memory.addressOf(a), memory.addressOf(b)];
        const overlap = startOfA < startOfB + b.bytes && startOfB < startOfA + a.bytes;
        expect(overlap, `${a.name} and ${b.name}`).toBe(false);
      }
    });
  });

  it("needs less memory than the sum of its buffers", () => {
    const { lowered, memory } = image();
    const sum = lowered.lowering.buffers.reduce((total, { bytes }) => total + bytes, 0);
    expect(memory.bytes).toBeLessThan(sum);
  });
});

it("leaves out the input gradient of the first layer and the bias before batch norm", () => {
  const program = programOf(
    chain(
      ["input", "input", { shape: [1, 8, 8] }],
      ["conv2d", "conv1", { filters: 4, kernel: [3, 3] }],
      ["batchNorm", "bn1"],
      ["flatten", "flatten"],
      ["dense", "fc1", { units: 3 }],
      ["output", "output"],
    ),
    8,
  );
  const { training } = lower(program, {
    optimizer: "sgd",
    clips: false,
    seed: 1,
    sampleShape: [1, 28, 28],
    floats: false,
  });
  const ofConv = training.filter(({ nodes }) => nodes.includes("conv1"));
  expect(ofConv.filter(({ pass }) => pass === "backward").map(({ kernel }) => kernel)).toEqual(["weightGradient"]);
  expect(ofConv.some(({ kernel }) => kernel === "channelSums" || kernel === "transposeWeights")).toBe(false);
  expect(ofConv.find(({ kernel }) => kernel === "contraction")?.arguments).not.toHaveProperty("bias");
});

it("computes a dense layer of a small image directly, in both directions", () => {
  const program = programOf(
    chain(
      ["input", "input", { shape: [1, 7, 7] }],
      ["conv2d", "conv1", { filters: 20, kernel: [3, 3] }],
      ["flatten", "flatten"],
      ["dense", "fc1", { units: 64 }],
      ["dense", "fc2", { units: 3 }],
      ["output", "output"],
    ),
    8,
  );
  const { training } = lower(program, {
    optimizer: "sgd",
    clips: false,
    seed: 1,
    sampleShape: [1, 28, 28],
    floats: false,
  });
  const ofDense = training.filter(({ nodes, pass }) => nodes.includes("fc1") && pass !== "statistics");
  const kernels = ofDense.map(({ kernel }) => kernel);
  expect(kernels.filter((kernel) => kernel === "product").length).toBe(2);
  expect(kernels.some((kernel) => kernel.startsWith("winograd"))).toBe(false);
});

describe("pixelsPerWalk", () => {
  const windowOf = (kernel: number, stride: number) => {
    const before = kernel >> 1;
    const padding = { top: before, left: before, bottom: before, right: before };
    return { kernel: [kernel, kernel], stride: [stride, stride], dilation: [1, 1], padding } as const;
  };

  it("cuts the pixels into equal parts, none of them empty", () => {
    const some = fc.record({
      channels: fc.integer({ min: 1, max: 600 }),
      side: fc.integer({ min: 1, max: 64 }),
      kernel: fc.integer({ min: 1, max: 9 }),
      stride: fc.integer({ min: 1, max: 3 }),
      samples: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(some, ({ channels, side, kernel, stride, samples }) => {
        const output = Math.ceil(side / stride);
        const total = samples * output ** 2;
        const input = createLayout([channels, side, side]);
        const walk = pixelsPerWalk(input, { height: output, width: output }, windowOf(kernel, stride), samples);
        const parts = Math.ceil(total / walk);
        expect(walk).toBeGreaterThanOrEqual(1);
        expect(parts * walk - total).toBeLessThan(Math.max(parts, 1));
      }),
    );
  });

  it.each([
    // What a walk touches of 32 channels over 16 by 16 windows: 9 rows of 33 pixels, 38 kB.
    { channels: 32, side: 32, kernel: 3, stride: 2, samples: 1, walk: 64 },
    // 5 by 5 of one channel: the image would fit, the outputs beside it would not.
    { channels: 1, side: 28, kernel: 5, stride: 1, samples: 1, walk: 784 / 2 },
    // Here 21 rows of 24 do: the last three make no part of their own.
    { channels: 1, side: 24, kernel: 5, stride: 1, samples: 1, walk: 576 },
    { channels: 8, side: 4, kernel: 1, stride: 1, samples: 4, walk: 64 },
    // Never fewer than 32.
    { channels: 600, side: 32, kernel: 7, stride: 1, samples: 1, walk: 32 },
  ])("takes what the first cache holds: $walk pixels, $kernel×$kernel of $channels channels", (shape) => {
    const { channels, side, kernel, stride, samples, walk } = shape;
    const output = { height: side / stride, width: side / stride };
    expect(pixelsPerWalk(createLayout([channels, side, side]), output, windowOf(kernel, stride), samples)).toBe(walk);
  });
});
