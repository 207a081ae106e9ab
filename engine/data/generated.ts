/** Points in the plane for teaching, made from a seed: what a net has to bend to tell apart. */
import type { DatasetReference } from "../document/schema.ts";
import type { RandomStream } from "../layer.ts";
import type { Split } from "./dataset.ts";
import type { RandomSource } from "./datasetFiles.ts";

export type GeneratedReference = Extract<DatasetReference, { readonly source: "generated" }>;

/** Test samples for each training sample. */
const TEST_SHARE = 0.25;
/** Of a turn, from the centre of a spiral to its end. */
const SPIRAL_TURNS = 0.75;

/**
 * Cosine and sine of a share of a turn, by their series on the eighth of a turn around 0: Math.sin and Math.cos may differ in their last bit
 * from one version of V8 to the next.
 */
const onCircle = (turns: number): readonly [number, number] => {
  const quarter = Math.round(turns * 4);
  const x = (turns - quarter / 4) * 2 * Math.PI;
  const square = x * x;
  let cos = 1;
  let sin = 1;
  for (let term = 9; term >= 1; term--) {
    cos = 1 - (square / ((2 * term - 1) * (2 * term))) * cos;
    sin = 1 - (square / (2 * term * (2 * term + 1))) * sin;
  }
  sin *= x;
  const quadrant = ((quarter % 4) + 4) % 4;
  if (quadrant === 0) return [cos, sin];
  if (quadrant === 1) return [-sin, cos];
  return quadrant === 2 ? [-cos, -sin] : [sin, -cos];
};

type Point = readonly [number, number];

/** A point of a class before noise; all lie in [−1.5, 1.5]². */
const pointOf = (reference: GeneratedReference, label: number, uniform: RandomStream): Point => {
  if (reference.pattern === "spiral") {
    const radius = uniform();
    const [cos, sin] = onCircle(label / reference.classes + SPIRAL_TURNS * radius);
    return [radius * cos, radius * sin];
  }
  if (reference.pattern === "circles") {
    const [cos, sin] = onCircle(uniform());
    const radius = (label + 1) / reference.classes;
    return [radius * cos, radius * sin];
  }
  if (reference.pattern === "moons") {
    // Two half circles that reach into each other, centred.
    const [cos, sin] = onCircle(uniform() / 2);
    return label === 0 ? [cos - 0.5, sin - 0.25] : [0.5 - cos, 0.25 - sin];
  }
  // xor: the class is 1 where the signs differ.
  const x = 2 * uniform() - 1;
  const y = uniform();
  return [x, (x >= 0 ? y : -y) * (label === 0 ? 1 : -1)];
};

/** How many classes a pattern has. */
export const numGeneratedClasses = (reference: GeneratedReference): number =>
  "classes" in reference ? reference.classes : 2;

export const numGeneratedTests = ({ count }: GeneratedReference): number => Math.max(1, Math.round(count * TEST_SHARE));

const generate = (reference: GeneratedReference, count: number, part: string, random: RandomSource): Split => {
  const name = `dataset:${reference.pattern}:${part}`;
  const uniform = random.uniform(reference.seed, name);
  const normal = random.normal(reference.seed, `${name}:noise`);
  const numClasses = numGeneratedClasses(reference);
  const images = new Float64Array(2 * count);
  const classes = new Uint8Array(count);
  for (let sample = 0; sample < count; sample++) {
    const label = sample % numClasses;
    const [x, y] = pointOf(reference, label, uniform);
    images[2 * sample] = x + reference.noise * normal();
    images[2 * sample + 1] = y + reference.noise * normal();
    classes[sample] = label;
  }
  return { count, images, labels: { classes } };
};

/** Training and test samples; the classes take turns. */
export const generateSplits = (
  reference: GeneratedReference,
  random: RandomSource,
): { readonly train: Split; readonly test: Split } => ({
  train: generate(reference, reference.count, "train", random),
  test: generate(reference, numGeneratedTests(reference), "test", random),
});
