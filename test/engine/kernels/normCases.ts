/** Batch statistics, updates, data, dropout and loss, kernel by kernel, against formulas in float64. */
import { expect } from "vitest";
import { AUGMENTATION_WORDS, augmentImage, drawAugmentations } from "../../../engine/data/augmentation.ts";
import { dropoutStream } from "../../../engine/kernels/dropoutMask.ts";
import { lossWorkspaceBytes } from "../../../engine/kernels/header.ts";
import { dropout as dropoutLayer } from "../../../engine/layers/dropout.ts";
import { output as outputLayer } from "../../../engine/layers/output.ts";
import { createStream } from "../../../engine/train/rng.ts";
import { expectAgreement, samples, TAILS } from "./agreement.ts";
import { Workbench } from "./workbench.ts";

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const squaresOf = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
};

/** Values far from zero, so that E[x²] − E[x]² in f32 would lose every digit. */
const farFromZero = (shape: readonly number[], name: string) => {
  const tensor = samples(shape, name);
  return { shape, data: tensor.data.map((value) => Math.fround(value + 100)) };
};

const channelValues = (data: Float64Array, shape: readonly number[], channel: number): number[] => {
  const [, channels = 0, ...rest] = shape;
  const inner = rest.reduce((a, b) => a * b, 1);
  return Array.from(data).filter((_, index) => Math.floor(index / inner) % channels === channel);
};

const momentsShapes = [
  ...TAILS.map((channels) => [5, channels, 3, 4]),
  ...TAILS.map((features) => [5, features]),
  [5, 3, 40, 41],
];

/** Moments of chunks of two rows, each in two calls, then joined. */
const runMoments = (bench: Workbench, shape: readonly number[], chunk: number) => {
  bench.reset();
  const x = farFromZero(shape, `moments ${shape.join()}`);
  const placed = bench.place(x);
  const [rows = 0, channels = 0] = shape;
  const padded = Math.ceil(channels / 4) * 4;
  const numChunks = chunk === 0 ? 1 : Math.ceil(rows / chunk);
  const moments = bench.reserve(padded * 16 * numChunks);
  const { height, width } = placed.layout;
  const shared = {
    ...Workbench.view("x", placed),
    height,
    width,
    quads: padded / 4,
    moments,
    slotStride: padded * 16,
    chunk,
  };
  for (let task = 0; task < numChunks; task++) {
    const n0 = task * chunk;
    const n1 = chunk === 0 ? rows : Math.min(rows, n0 + chunk);
    bench.run("channelMoments", shared, { n0, n1: n0 + 1, task });
    if (n1 > n0 + 1) bench.run("channelMoments", shared, { n0: n0 + 1, n1, task });
  }
  return { x, rows, channels, padded, numChunks, moments, area: height * width };
};

export const channelMoments = (bench: Workbench): void => {
  for (const shape of momentsShapes) {
    const { x, channels, padded, moments } = runMoments(bench, shape, 0);
    const values = Array.from({ length: channels }, (_, c) => channelValues(x.data, shape, c));
    expectAgreement(bench.doubles(moments, channels), values.map(meanOf), `mean of ${shape}`, 1e-7);
    expectAgreement(bench.doubles(moments + padded * 8, channels), values.map(squaresOf), `squares of ${shape}`, 1e-5);
  }
};

export const batchStatistics = (bench: Workbench): void => {
  for (const shape of momentsShapes) {
    for (const chunk of [0, 2]) {
      const { x, rows, channels, padded, moments, area } = runMoments(bench, shape, chunk);
      const gamma = samples([channels], "gamma").data;
      const vector = () => bench.vector(new Float32Array(padded));
      const [mean, variance, inverseStd, scale] = [vector(), vector(), vector(), vector()];
      bench.setHeader({ rows });
      const sources = {
        moments,
        slotStride: padded * 16,
        chunk,
        area,
        quads: padded / 4,
        epsilon: 1e-5,
        gamma: bench.vector(gamma),
      };
      bench.run("batchStatistics", { ...sources, mean, variance, inverseStd, scale }, { n0: 0, n1: rows });
      const values = Array.from({ length: channels }, (_, c) => channelValues(x.data, shape, c));
      const variances = values.map((list) => squaresOf(list) / list.length);
      const inverses = variances.map((value) => 1 / Math.sqrt(value + 1e-5));
      const what = `${shape}, chunk ${chunk}`;
      expectAgreement(bench.floats(mean, channels), values.map(meanOf), what, 1e-6);
      expectAgreement(bench.floats(variance, channels), variances, what, 2e-5);
      expectAgreement(bench.floats(inverseStd, channels), inverses, what, 2e-5);
      expectAgreement(
        bench.floats(scale, channels),
        inverses.map((value, c) => value * (gamma[c] ?? 0)),
        what,
        2e-5,
      );
    }
  }
};

export const runningStatistics = (bench: Workbench): void => {
  for (const channels of TAILS) {
    for (const withBias of [false, true]) {
      bench.reset();
      const data = (name: string) => samples([channels], name).data;
      const runningMean = bench.vector(data("rm"));
      const runningVariance = bench.vector(data("rv"));
      bench.run(
        "runningStatistics",
        {
          ...{ mean: bench.vector(data("m")), variance: bench.vector(data("v")), runningMean, runningVariance },
          ...{ bias: withBias ? bench.vector(data("b")) : 0, momentum: 0.9, quads: Math.ceil(channels / 4) },
        },
        { n0: 0, n1: 1 },
      );
      const mean = data("m").map((value, c) => value + (withBias ? (data("b")[c] ?? 0) : 0));
      const blend = (before: Float64Array, batch: Float64Array) =>
        before.map((value, c) => 0.9 * value + 0.1 * (batch[c] ?? 0));
      expectAgreement(bench.floats(runningMean, channels), blend(data("rm"), mean), `mean of ${channels}`);
      expectAgreement(bench.floats(runningVariance, channels), blend(data("rv"), data("v")), `variance of ${channels}`);
    }
  }
};

export const evaluationStatistics = (bench: Workbench): void => {
  for (const channels of TAILS) {
    bench.reset();
    const data = (name: string) => samples([channels], name).data;
    const variances = data("v").map((value) => Math.abs(value));
    const mean = bench.vector(new Float32Array(channels));
    const scale = bench.vector(new Float32Array(channels));
    const inverseStd = bench.vector(new Float32Array(channels));
    bench.run(
      "evaluationStatistics",
      {
        ...{
          runningMean: bench.vector(data("m")),
          runningVariance: bench.vector(variances),
          bias: bench.vector(data("b")),
        },
        ...{ gamma: bench.vector(data("g")), epsilon: 1e-3, quads: Math.ceil(channels / 4), mean, scale, inverseStd },
      },
      { n0: 0, n1: 1 },
    );
    const b = data("b");
    const gamma = data("g");
    expectAgreement(
      bench.floats(mean, channels),
      data("m").map((value, c) => value - (b[c] ?? 0)),
      `${channels}`,
    );
    expectAgreement(
      bench.floats(scale, channels),
      variances.map((value, c) => (gamma[c] ?? 0) / Math.sqrt(value + 1e-3)),
      `${channels}`,
    );
    expectAgreement(
      bench.floats(inverseStd, channels),
      variances.map((value) => 1 / Math.sqrt(value + 1e-3)),
      `${channels}`,
    );
  }
};

export const batchNormGradient = (bench: Workbench): void => {
  for (const channels of TAILS) {
    bench.reset();
    const padded = Math.ceil(channels / 4) * 4;
    const [rows, chunk, area] = [5, 2, 6];
    const numChunks = 3;
    const sums = bench.reserve(padded * 16 * numChunks);
    const doubles = bench.doubles(sums, padded * 2 * numChunks);
    for (const index of doubles.keys()) doubles[index] = Math.cos(index);
    const data = (name: string) => samples([channels], name).data;
    const vector = () => bench.vector(new Float32Array(padded));
    const results = { gammaGradient: vector(), betaGradient: vector(), slope: vector(), shift: vector() };
    bench.setHeader({ rows });
    const sources = { sums, slotStride: padded * 16, chunk, area, quads: padded / 4 };
    bench.run(
      "batchNormGradient",
      { ...sources, inverseStd: bench.vector(data("s")), scale: bench.vector(data("a")), ...results },
      { n0: 0, n1: rows },
    );
    const total = (first: number, c: number) =>
      [0, 1, 2].reduce((sum, slot) => sum + (doubles[slot * padded * 2 + first + c] ?? 0), 0);
    const [s, a] = [data("s"), data("a")];
    const beta = Float64Array.from({ length: channels }, (_, c) => total(0, c));
    const gamma = Float64Array.from({ length: channels }, (_, c) => total(padded, c) * (s[c] ?? 0));
    const count = rows * area;
    expectAgreement(bench.floats(results.betaGradient, channels), beta, `dβ of ${channels}`);
    expectAgreement(bench.floats(results.gammaGradient, channels), gamma, `dγ of ${channels}`);
    const slope = gamma.map((value, c) => (-(a[c] ?? 0) * (s[c] ?? 0) * value) / count);
    const shift = beta.map((value, c) => (-(a[c] ?? 0) * value) / count);
    expectAgreement(bench.floats(results.slope, channels), slope, `slope of ${channels}`);
    expectAgreement(bench.floats(results.shift, channels), shift, `shift of ${channels}`);
  }
};

export const gather = (bench: Workbench): void => {
  for (const channels of [1, 2, 3, 4, 5]) {
    for (const width of TAILS) {
      for (const floats of [0, 1]) {
        bench.reset();
        const size = channels * 2 * width;
        const numSamples = 4;
        const stored = Float32Array.from({ length: numSamples * size }, (_, i) => (i * 37) % 256);
        const images = bench.reserve(stored.length * 4 + 16);
        if (floats === 1) bench.floats(images, stored.length).set(stored);
        else bench.bytes(images, stored.length).set(stored);
        const order = [2, 0, 3];
        const scales = Array.from({ length: channels }, (_, c) => 0.25 + c);
        const scaling = bench.vector(scales.flatMap((scale, c) => [scale, c - 3]));
        bench.setHeader({ images, indices: bench.table(order), scaling, augmentation: 0 });
        const y = bench.room([order.length, channels, 2, width], { top: 1, left: 0, bottom: 0, right: 1 });
        const shared = { ...Workbench.view("y", y), yC: 4, height: 2, width, channels, floats };
        bench.run("gather", shared, { n0: 0, n1: 1 });
        bench.run("gather", shared, { n0: 1, n1: 3 });
        const expected = order.flatMap((n) =>
          Array.from(stored.subarray(n * size, (n + 1) * size), (value, at) => {
            const c = Math.floor(at / (2 * width));
            return value * (scales[c] ?? 0) + c - 3;
          }),
        );
        expectAgreement(bench.read(y), expected, `${channels}×2×${width}`);
        // Without gaps: one run of values.
        const flat = bench.room([order.length, size]);
        bench.run(
          "gather",
          { ...shared, ...Workbench.view("y", flat), yC: 8 * width, yH: 4 * width, yW: 4 },
          { n0: 0, n1: 3 },
        );
        expectAgreement(bench.read(flat), expected, `${size} in a run`);
        if (floats === 1) continue;
        // Augmented, into the image and flat.
        const random = createStream(width, `gather ${channels}`);
        const augmentation = { horizontalFlip: true, crop: 1, shift: 1 };
        const drawn = drawAugmentations(augmentation, order.length, random);
        bench.setHeader({ augmentation: bench.table(drawn) });
        bench.run("gather", shared, { n0: 0, n1: 3 });
        bench.run(
          "gather",
          { ...shared, ...Workbench.view("y", flat), yC: 8 * width, yH: 4 * width, yW: 4 },
          { n0: 0, n1: 3 },
        );
        const augmented = order.flatMap((n, row) => {
          const image = Uint8Array.from(stored.subarray(n * size, (n + 1) * size));
          const words = drawn.subarray(row * AUGMENTATION_WORDS, (row + 1) * AUGMENTATION_WORDS);
          return Array.from(augmentImage(image, [channels, 2, width], words), (value, at) => {
            const c = Math.floor(at / (2 * width));
            return value * (scales[c] ?? 0) + c - 3;
          });
        });
        expectAgreement(bench.read(y), augmented, `${channels}×2×${width} augmented`);
        expectAgreement(bench.read(flat), augmented, `${size} augmented in a run`);
      }
    }
  }
};

export const dropout = (bench: Workbench): void => {
  for (const shape of [...TAILS.map((channels) => [3, channels, 2, 3]), ...TAILS.map((features) => [3, features])]) {
    bench.reset();
    const x = samples(shape, `dropout ${shape}`, [Number.NaN, Number.POSITIVE_INFINITY, -0]);
    const [key, step] = [0xdeadbeef | 0, 17];
    const { output } = dropoutLayer.reference.forward({
      ...{ params: { rate: 0.5 }, inputs: [x], weights: {}, state: {}, mode: "training" },
      random: dropoutStream(key, step),
    });
    const placed = bench.place(x);
    const y = bench.room(shape);
    bench.setHeader({ step });
    const { height, width, channels } = placed.layout;
    const shared = {
      ...Workbench.view("x", placed),
      height,
      width,
      channels,
      quads: Math.ceil(channels / 4),
      key,
      rate: 0.5,
    };
    bench.run("dropout", { ...shared, ...Workbench.view("y", y) }, { n0: 0, n1: 3 });
    expectAgreement(bench.read(y), output.data, `${shape}`);
    bench.run("dropout", { ...shared, ...Workbench.view("y", y), accumulate: 1 }, { n0: 0, n1: 3 });
    expectAgreement(
      bench.read(y),
      output.data.map((value) => 2 * value),
      `${shape} twice`,
    );
  }
};

/** Rows of logits: usual ones, very large, equal, with NaN, with ±Inf. */
const logitRows = (classes: number): number[][] => {
  const usual = Array.from(samples([classes], `logits ${classes}`).data);
  return [
    usual,
    usual.map((value) => value * 4000),
    usual.map(() => 1),
    usual.map((value, k) => (k === classes - 1 ? Number.NaN : value)),
    usual.map((value, k) => (k === 0 ? Number.NEGATIVE_INFINITY : value)),
    usual.map((value, k) => (k === 0 ? Number.POSITIVE_INFINITY : value)),
  ];
};

/** Without smoothing, and with a share of a quarter, which f32 holds exactly. */
const SMOOTHINGS = [0, 0.25];

const runLoss = (
  bench: Workbench,
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  smoothing: number,
) => {
  bench.reset();
  const classes = rows[0]?.length ?? 0;
  const logits = { shape: [rows.length, classes], data: Float64Array.from(rows.flat(), Math.fround) };
  const placed = bench.place(logits);
  const probabilities = bench.room(logits.shape);
  const gradient = bench.room(logits.shape);
  const rowLoss = bench.reserve(rows.length * 8);
  const rowCorrect = bench.reserve(rows.length * 4);
  const labelBytes = bench.reserve(labels.length);
  bench.bytes(labelBytes, labels.length).set(labels);
  bench.setHeader({ rows: rows.length, labels: labelBytes, indices: bench.table(rows.map((_, n) => n)), diverged: 0 });
  const workspaceBytes = lossWorkspaceBytes(classes);
  bench.setHeader({ workspace: bench.reserve(workspaceBytes), workspaceBytes });
  bench.run(
    "softmaxLoss",
    {
      ...{ logits: placed.address, logitsN: placed.layout.sampleBytes, classes, smoothing, rowLoss, rowCorrect },
      ...{ probabilities: probabilities.address, probabilitiesN: probabilities.layout.sampleBytes },
      ...{ gradient: gradient.address, gradientN: gradient.layout.sampleBytes },
    },
    { n0: 0, n1: rows.length },
  );
  bench.run("lossTotal", { rowLoss, rowCorrect }, { n0: 0, n1: 1 });
  return { logits, probabilities, gradient };
};

export const softmaxLoss = (bench: Workbench): void => {
  for (const classes of TAILS) {
    for (const labelSmoothing of SMOOTHINGS) {
      const rows = logitRows(classes);
      const labels = rows.map((_, n) => n % classes);
      const { logits, probabilities, gradient } = runLoss(bench, rows, labels, labelSmoothing);
      const { reference } = outputLayer;
      const params = outputLayer.params.parse({ labelSmoothing });
      const expected = reference.loss?.(params, logits, labels);
      const { output } = reference.forward({
        ...{ params, inputs: [logits], weights: {}, state: {}, mode: "training", random: () => 0 },
      });
      expectAgreement(bench.read(probabilities), output.data, `probabilities of ${classes}`);
      expectAgreement(bench.read(gradient), expected?.inputGradient.data ?? [], `gradient of ${classes}`);
    }
  }
};

export const lossTotal = (bench: Workbench): void => {
  for (const classes of TAILS) {
    const rows = logitRows(classes);
    for (const [usual, labelSmoothing] of SMOOTHINGS.flatMap((share) => [
      [rows.slice(0, 3), share] as const,
      [rows, share] as const,
    ])) {
      const labels = usual.map((_, n) => n % classes);
      const { logits } = runLoss(bench, usual, labels, labelSmoothing);
      const expected = outputLayer.reference.loss?.(outputLayer.params.parse({ labelSmoothing }), logits, labels);
      const value = (expected?.value ?? 0) * usual.length;
      // Sums of f64, whatever the logits are.
      expectAgreement([bench.getHeader("lossSum")], [value], `loss of ${classes}`, 1e-13);
      expect(bench.getHeader("correct")).toBe(expected?.correct);
      expect(bench.getHeader("diverged")).toBe(Number.isFinite(value) ? 0 : 1);
    }
  }
};
