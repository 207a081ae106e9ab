/**
 * Each lesson done once from its first step to its last, on real nets, with what its checkpoints say before and after. Training sets are cut to their first
 * samples here, so that the numbers are smaller than in the app; what they show is the same.
 */
import { describe, expect, it } from "vitest";
import { compile, parse, serialize } from "../../../engine/index.ts";
import { layerOf } from "../../../engine/registry.ts";
import { lessonOfNotes, lessons } from "../../../renderer/lessons/lessons.ts";
import { Student } from "./student.ts";

const IMAGES = 6_400;
const POINTS = 1_500;

const studentOf = (id: string): Student => {
  const lesson = lessons.find((each) => each.id === id);
  if (lesson === undefined) throw new Error(`There is no lesson ${id}.`);
  return new Student(lesson);
};

/** With spaces that may break, to compare with. */
const checkedAt = (student: Student, at: number) => {
  const { passed, words } = student.check(at);
  return { passed, words: words.replaceAll("\u00a0", " ") };
};

/** Not passed, and says what is missing. */
const lacks = (student: Student, at: number, words: string | RegExp): void => {
  const checked = checkedAt(student, at);
  expect(checked.words).toMatch(words);
  expect(checked.passed).toBe(false);
};

/** Passed, with these words; numbers in groups are given back. */
const passes = (student: Student, at: number, words: RegExp): readonly number[] => {
  const checked = checkedAt(student, at);
  expect(checked.words).toMatch(words);
  expect(checked.passed).toBe(true);
  const [, ...found] = words.exec(checked.words) ?? [];
  return found.map((text) => Number(text.replace("−", "-").replaceAll(",", "")));
};

describe.each(lessons)("$title", (lesson) => {
  it("begins with a net that trains as it is, and is found again by its notes", () => {
    const document = lesson.document();
    expect(compile(document).diagnostics).toEqual([]);
    const saved = parse(serialize(document));
    expect(saved.ok && lessonOfNotes(saved.value.notes)).toBe(lesson);
    expect(lessonOfNotes("My own notes")).toBeNull();
  });

  it("has steps with words, and edits and links that lead somewhere", () => {
    for (const { title, task, keys, text, about, edit, formula, source } of lesson.steps) {
      expect([title, task, keys, ...text].every((words) => words.length > 3)).toBe(true);
      expect([title, task, keys, formula, source, ...text].join(" ")).not.toMatch(/[!]|please|oops|\bmodel\b/i);
      for (const kind of about ?? []) expect(layerOf(kind)).toBeDefined();
      const student = new Student(lesson);
      if (edit !== undefined) student.apply(...edit.commands(student.document));
      expect(compile(student.document).program, title).not.toBeNull();
    }
  });
});

it("a deep net: fades, and is mended by BatchNorm and by He’s start", async () => {
  const student = studentOf("deep-net");
  lacks(student, 0, "Everything is set. Train now.");
  lacks(student, 1, "There is no run on screen.");
  await student.train(IMAGES);
  const [plain = 1] = passes(
    student,
    0,
    /^64 steps, and (\d+\.\d+) % on the test set\. Guessing among 10 classes gives about 10 %/,
  );
  expect(plain).toBeLessThan(15);

  student.shownStep = 1;
  lacks(student, 1, "No layer is selected.");
  student.selected = ["relu4"];
  lacks(student, 1, "relu4 is none of fc1, fc2, fc3, fc4 and fc5.");
  student.selected = ["fc3"];
  lacks(student, 1, /^fc3 still has 0\.001, 1\/\d+ of fc1’s 0\.28\./);
  student.selected = ["fc5"];
  lacks(student, 1, /^fc5 has 7\de−6|^fc5 has \d(\.\d)?e−6, but a layer before it/);
  student.selected = ["fc4"];
  const [factor = 0] = passes(student, 1, /^fc4: 9\.\de−5, where fc1 has 0\.28\. .* a factor of (0\.0\d+)\.$/);
  // √(100/2) · 0.01, as the lesson says.
  expect(factor).toBeCloseTo(0.07, 1);

  lacks(student, 2, "No BatchNorm works after fc1, fc2, fc3, fc4 and fc5.");
  student.applyEdit(2);
  student.apply({ type: "setBypassed", nodeIds: ["bn3"], bypassed: true });
  lacks(student, 2, "No BatchNorm works after fc3.");
  student.apply({ type: "setBypassed", nodeIds: ["bn3"], bypassed: false });
  passes(student, 2, /^bn1, bn2, bn3, bn4 and bn5 stand between/);

  lacks(student, 3, "Everything is set. Train now.");
  await student.train(IMAGES);
  const [norm = 0, before = 0] = passes(
    student,
    3,
    /reaches (\d+\.\d+) % on the test set\. Without BatchNorm it had (\d+\.\d+) %\./,
  );
  expect(before).toBe(plain);
  expect(norm).toBeGreaterThan(80);

  lacks(student, 4, "bn1, bn2, bn3, bn4 and bn5 are still in the net. Bypass them.");
  student.applyEdit(4);
  student.apply({ type: "setTraining", training: { initializer: { name: "normal", std: 0.01 } } });
  lacks(student, 4, "The weights still start from N(0, 0.01²).");
  student.applyEdit(4);
  await student.train(IMAGES);
  lacks(student, 5, "No such study is open.");
  student.draftAxes = ["learningRate"];
  lacks(student, 5, "No such study is open.");
  student.draftAxes = ["initializerScale", "normalization"];
  lacks(student, 5, "The study is open. Nothing trains yet: start its runs.");
  const few = [1, 0.0464, 0.00215];
  await student.runStudy("scales16", 6, ({ initializerScale }) =>
    few.some((scale) => Math.abs(scale / Number(initializerScale) - 1) < 0.01),
  );
  const { study } = student;
  if (study === null) throw new Error("Nothing was trained.");
  student.study = {
    state: "running",
    runs: study.runs.map((run, at) => (at === 0 ? { ...run, state: "running" } : run)),
  };
  lacks(student, 5, "5 of 6 runs have ended.");
  student.study = {
    state: "finished",
    runs: study.runs.map((run, at) => (at === 0 ? { ...run, state: "failed" } : run)),
  };
  lacks(student, 5, "5 of 6 runs have come to their end; the others did not.");
  student.study = study;
  const [withNorm = 0, withoutNorm = 3] = passes(
    student,
    5,
    /from (\d) of 3 starts with BatchNorm, and from (\d) of 3 starts without\.$/,
  );
  expect(withNorm).toBeGreaterThan(withoutNorm);

  const [he = 0] = passes(
    student,
    4,
    /without BatchNorm: (\d+\.\d+) %, against \d+\.\d+ % from the small ones and \d+\.\d+ % with/,
  );
  expect(he).toBeGreaterThan(80);
});

it("LeNet: shapes, both modes, and a learning rate that only BatchNorm bears", async () => {
  const student = studentOf("lenet-norm");
  student.selected = ["conv1"];
  lacks(student, 0, "conv1 is selected, not conv2.");
  student.selected = ["conv2"];
  passes(
    student,
    0,
    /takes 6×14×14 and gives 16×10×10: 14 − 5 \+ 1 = 10\. It learns 2,416 numbers: 16 filters of 6·5·5/,
  );

  student.apply({ type: "setBypassed", nodeIds: ["bn2"], bypassed: true });
  lacks(student, 1, "bn2 is still bypassed.");
  student.apply({ type: "setBypassed", nodeIds: ["bn2"], bypassed: false });
  await student.train(IMAGES);
  const [usual = 0] = passes(student, 1, /reaches (\d+\.\d+) % on the test set after 100 steps with SGD at 0\.05\./);

  student.selected = ["fc1"];
  lacks(student, 2, "fc1 is no BatchNorm. Select one of bn1, bn2 and bn3.");
  student.selected = ["bn1"];
  const [gap = 0] = passes(
    student,
    2,
    /At step 100 the outputs of bn1 differ by (\d\.\d+) std between evaluation and training/,
  );
  expect(gap).toBeGreaterThan(0);

  lacks(student, 3, "The learning rate is 0.05. Set it to 0.5.");
  student.applyEdit(3);
  lacks(student, 3, "Everything is set. Train now.");
  await student.train(IMAGES);
  const [high = 0, compared = 0] = passes(student, 3, /^(\d+\.\d+) % with SGD at 0\.5; (\d+\.\d+) % at 0\.05\./);
  expect(compared).toBe(usual);
  expect(high).toBeGreaterThan(90);

  lacks(student, 4, "bn1, bn2 and bn3 are still in the net. Bypass them.");
  student.applyEdit(4);
  await student.train(IMAGES);
  const [, without = 100] = passes(
    student,
    4,
    /At 0\.5 your net learns only with BatchNorm: (\d+\.\d+) % with it, (\d+\.\d+) % without\./,
  );
  expect(without).toBeLessThan(20);
  // A plain net that learns, too, is not said to do so only with BatchNorm.
  const [plain] = student.runs.splice(-1);
  if (plain !== undefined) student.runs.push({ ...plain, testScore: 0.9 });
  passes(student, 4, /At 0\.5 your net learns either way: (\d+\.\d+) % with it, 90\.00 % without\./);
});

it("batch norm step by step: forward, backward, the idle bias, and all gradients", async () => {
  const student = studentOf("norm-steps");
  await student.train();
  passes(student, 0, /^9\d\.\d+ % of the test points after 300 steps/);
  lacks(student, 1, "No BatchNorm is open step by step.");
  await student.explain("bn2", 0);
  const [std = 0, expected = 1] = passes(student, 1, /over 50 values, and x̂ has .* ± (0\.99\d+)\. .* is (0\.99\d+)\.$/);
  expect(std).toBeCloseTo(expected, 6);
  lacks(student, 2, "This is still the first channel. Go to another one.");
  await student.explain("bn2", 2);
  passes(student, 2, /^Channel 3: the gradients ∂x have a std of .*: zero, but for rounding\.$/);

  student.selected = ["fc5"];
  lacks(student, 3, "No BatchNorm follows fc5: its bias is learnt.");
  student.selected = ["bn1"];
  lacks(student, 3, "bn1 is no Dense.");
  student.selected = ["fc2"];
  passes(student, 3, /^After 300 steps all 64 biases of fc2 are still 0/);

  lacks(student, 4, "The gradients have not been checked yet.");
  await student.checkGradients();
  const [gradients = 0] = passes(student, 4, /^All (\d+) gradients agree with difference quotients/);
  expect(gradients).toBeGreaterThan(20);
  // One that does not agree is a finding, not a success.
  const { gradients: check } = student;
  if (check === null) throw new Error("Nothing was checked.");
  student.gradients = {
    ...check,
    results: check.results.map((each, at) => (at === 3 ? { ...each, verdict: "differs" } : each)),
  };
  lacks(student, 4, /^1 gradient of \d+ does not agree/);
});

it("small batches: BatchNorm fails with two points, LayerNorm does not mind", async () => {
  const student = studentOf("small-batches");
  await student.train(POINTS);
  const [large = 0] = passes(student, 0, /batches of 50: (\d+\.\d+) % of the test points after 300 steps/);
  await student.explain("bn1", 0);
  lacks(student, 2, "This batch has 50 points. Train with 2 and open it again.");

  lacks(student, 1, "The batch size is 50. Set it to 2.");
  student.applyEdit(1);
  await student.train(POINTS);
  const [pairs = 100, compared = 0] = passes(
    student,
    1,
    /of 2: (\d+\.\d+) %, against (\d+\.\d+) % with 50\. It took 7,500 steps instead of 300\./,
  );
  expect(compared).toBe(large);
  expect(pairs).toBeLessThan(large - 20);

  const said: string[] = [];
  for (let set = 0; set < 8; set += 1) {
    await student.explain("bn2", set);
    const { passed, words } = checkedAt(student, 2);
    expect(words).toMatch(
      passed ? /x̂ is −?(1\.00|0\.9\d) and −?(1\.00|0\.9\d): only the sign is left/ : /so close that ε counts/,
    );
    if (passed) said.push(words);
  }
  expect(said.length).toBeGreaterThan(0);

  lacks(student, 3, "bn1, bn2, bn3 and bn4 are still in the net.");
  student.apply({ type: "setBypassed", nodeIds: ["bn1", "bn2", "bn3", "bn4"], bypassed: true });
  lacks(student, 3, "ln1, ln2, ln3 and ln4 are still bypassed.");
  student.applyEdit(3);
  passes(student, 3, /ln1, ln2, ln3 and ln4 normalize each point by its own 64 features/);
  lacks(student, 4, "Everything is set. Train now.");
  await student.train(POINTS);
  await student.runStudy("batchSizesLayerNorm", 2, ({ batchSize }) => batchSize !== 5);
  const [layer10 = 0, none10 = 0] = passes(
    student,
    5,
    /: (\d+\.\d) % and (\d+\.\d) % with 10; \d+\.\d % and \d+\.\d % with 50\.$/,
  );
  expect(Math.min(layer10, none10)).toBeGreaterThan(50);
  const [layer = 0] = passes(
    student,
    4,
    /LayerNorm and batches of 2: (\d+\.\d+) %, against \d+\.\d+ % with BatchNorm\. LayerNorm does not/,
  );
  expect(layer).toBeGreaterThan(pairs + 20);
});

it("optimizers: each beside plain SGD, a rate too high, and one’s own best", async () => {
  const student = studentOf("optimizer");
  await student.train(IMAGES);
  const [sgd = 0] = passes(student, 0, /^(\d+\.\d+) % with SGD at 0\.01 after one epoch/);
  student.selected = ["fc3"];
  lacks(student, 3, "So far there is one setting only.");
  lacks(student, 1, "The optimizer is SGD. Choose Momentum or Nesterov.");
  student.applyEdit(1);
  await student.train(IMAGES);
  const [nesterov = 0, reference = 0] = passes(
    student,
    1,
    /^(\d+\.\d+) % with Nesterov at 0\.01, (\d+\.\d+) % with SGD at 0\.01/,
  );
  expect(reference).toBe(sgd);
  expect(nesterov).toBeGreaterThan(sgd);
  lacks(student, 2, "The optimizer is Nesterov. Choose Adam.");
  student.applyEdit(2);
  await student.train(IMAGES);
  passes(student, 2, /% with Adam at 0\.001, /);

  student.selected = ["relu1"];
  lacks(student, 3, "relu1 has no weights that learn. Select a Dense.");
  student.selected = ["fc3"];
  const ratios = passes(
    student,
    3,
    /fc3, at the end: (−\d\.\d) with SGD at 0\.01, (−\d\.\d) with Nesterov at 0\.01, (−\d\.\d) with Adam at 0\.001/,
  );
  expect(ratios.every((ratio) => ratio > -5 && ratio < -1)).toBe(true);

  student.applyEdit(4);
  await student.train(IMAGES);
  passes(student, 4, /^SGD at 1: the loss is not finite since step \d+\. At 0\.01 it reached \d+\.\d+ %\.$/);
  lacks(student, 5, /^Your best is \d+\.\d+ % with .*\. The last run: diverged at step \d+ with SGD at 1\.$/);
  student.apply({
    type: "setTraining",
    training: { optimizer: { name: "nesterov", momentum: 0.9 }, learningRate: 0.03 },
  });
  await student.train(IMAGES);
  passes(student, 5, /% with Nesterov at 0\.03: better than your best before/);
});
