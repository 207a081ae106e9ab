/** The options of every command: one table that the parser, the help and the error messages read. */
import { DATASET_NAMES } from "./datasetOption.ts";

export interface OptionSpec {
  /** What follows the option in help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface CommandSpec {
  readonly summary: string;
  readonly operands: readonly string[];
  /** Paragraphs below the usage line. */
  readonly text: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
}

const json: OptionSpec = { help: "Write one JSON object per line to stdout" };

const dataset = (fallback: string): OptionSpec => ({
  value: "NAME|DIR|FILE[:KEY=VALUE,…]",
  help: `${DATASET_NAMES}; a folder of IDX, CIFAR-10 or class folders of pictures; a table (.csv) (default: ${fallback})`,
});

const threads: OptionSpec = { value: "N", help: "Compute threads, 1 to 256 (default: as many as there are cores)" };

export const commands = {
  compile: {
    summary: "Check a graph and show its layers, shapes, weights and multiply-adds",
    operands: ["GRAPH"],
    text: ["GRAPH is a .layerscope file. Exits with 1 when the graph has errors."],
    options: { json },
  },
  train: {
    summary: "Train a graph",
    operands: ["GRAPH"],
    text: [
      "GRAPH is a .layerscope file, or a .model.json file: a trained net, which trains on from its own weights. Options override its training settings.",
      "Ctrl-C stops after the batch under way and writes what there is. Exits with 1 when training fails.",
    ],
    options: {
      dataset: dataset("the document's"),
      epochs: { value: "N", help: "Epochs, 1 to 100,000" },
      steps: { value: "N", help: "Stop after N steps at the latest, also in the middle of an epoch" },
      limit: { value: "N", help: "Train on the first N samples only; the test set stays whole" },
      batch: { value: "N", help: "Samples in a batch, 1 to 65,536" },
      lr: { value: "X", help: "Learning rate, greater than 0" },
      optimizer: { value: "NAME", help: "sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw" },
      momentum: { value: "X", help: "Of momentum and nesterov, 0 to less than 1" },
      schedule: {
        value: "NAME",
        help: "constant, step[:EPOCHS,FACTOR], cosine[:FINAL], oneCycle[:RISE,INITIAL,FINAL] or exponential[:INITIAL,FINAL]",
      },
      warmup: { value: "X", help: "Epochs over which the learning rate rises linearly, 0 or more" },
      "weight-decay": { value: "X", help: "L2 on Conv and Dense weights, 0 or more" },
      "clip-norm": { value: "X", help: "Largest norm of all gradients together, or none" },
      initializer: { value: "NAME", help: "Of weights without one of their own: heNormal, normal:0.01 …" },
      validation: {
        value: "SHARE|N|none",
        help: "Training samples set apart: a share below 1, or their number; measured after each epoch",
      },
      augment: { value: "LIST|none", help: "What happens to training images: flip, crop=N, shift=N, in pixels" },
      patience: { value: "N", help: "Stop after N epochs without improvement" },
      metric: { value: "NAME", help: "What should improve: testLoss, testAccuracy or trainLoss (default: testLoss)" },
      "min-delta": { value: "X", help: "How much better counts as improvement, 0 or more (default: 0)" },
      "restore-best": { help: "End with the weights of the best epoch" },
      from: {
        value: "MODEL|none",
        help: "Start from the weights of a model JSON or run folder in all layers that they fit, or from initializers; the optimizer starts anew",
      },
      seed: { value: "N", help: "Seed of weights, shuffling and dropout, 0 to 4,294,967,295" },
      threads,
      out: { value: "RUN_DIR", help: "Write document, metrics, checkpoints and weights to this new or empty folder" },
      tensorboard: { value: "DIR", help: "Write a TensorBoard event file to DIR while the run goes" },
      "frames-per-second": {
        value: "X",
        help: "Steps a second whose statistics are measured at most, 0 to 10; 0: none (default: 10)",
      },
      "statistics-share": {
        value: "X|none",
        help: "Share of the time that measuring them may take, above 0 to 1, or none for no limit (default: 0.03)",
      },
      "checkpoint-seconds": {
        value: "X",
        help: "Time between two checkpoints in RUN_DIR, greater than 0; each epoch has one besides (default: 30)",
      },
      json,
    },
  },
  resume: {
    summary: "Go on with a run that was killed or stopped, to the very bits of an uninterrupted one",
    operands: ["RUN_DIR"],
    text: [
      "RUN_DIR is a folder written by train --out. Training goes on after its newest checkpoint that is whole.",
      "The number of threads may differ from before; the result is the same.",
    ],
    options: {
      threads,
      "frames-per-second": { value: "X", help: "As for train: 0 to 10 (default: 10)" },
      "statistics-share": { value: "X|none", help: "As for train (default: 0.03)" },
      json,
    },
  },
  sweep: {
    summary: "Train every run of a study, spread over the cores",
    operands: ["STUDY"],
    text: [
      "STUDY is a .study.json file. Each run has one thread and a folder of its own in DIR/runs.",
      "Given the same DIR again, finished runs stay and interrupted ones go on. Ctrl-C stops. Exits with 1 when runs ended without a result (diverging is one), or a gradient is wrong.",
    ],
    options: {
      out: { value: "DIR", help: "Where results.jsonl and the runs go: a new or empty folder, or one of this study" },
      tensorboard: { value: "DIR", help: "Write a TensorBoard event file of each run that ends to a folder in DIR" },
      figure: {
        value: "FILE.svg",
        help: "Draw the study's figure at the end, as SVG (not PNG): learning curves, and the best scores against the swept value",
      },
      from: {
        value: "MODEL|none",
        help: "Start every run from the weights of a model JSON or run folder in all layers that they fit, or from initializers",
      },
      jobs: { value: "N", help: "Runs at a time, never more than there are cores (default: as many)" },
      statistics: { help: "Keep the statistics of layers as well; slower" },
      json,
    },
  },
  compare: {
    summary: "Compare runs: what they differ in, what each has reached, and whether they started alike",
    operands: ["RUN…"],
    text: [
      "RUN is a folder written by train --out, or one of sweep --out, which stands for all of its runs.",
      "Runs that differ in the seed alone are taken together: mean ± standard deviation (n − 1).",
      "The start of each run is drawn again from its document, or known by the net that it was taken from, and compared with that of the first.",
    ],
    options: { json },
  },
  tensorboard: {
    summary: "Write TensorBoard event files of runs: losses, accuracies, rates, and the histograms of measured steps",
    operands: ["RUN…"],
    text: [
      "RUN is a folder written by train --out, or one of sweep --out, which stands for all of its runs.",
      "Each run gets a folder of its own in DIR. Times between two epochs are spread evenly over their steps.",
    ],
    options: { out: { value: "DIR", help: "The folder for tensorboard --logdir" }, json },
  },
  eval: {
    summary: "Measure loss and accuracy of a trained net on a test set",
    operands: ["MODEL"],
    text: ["MODEL is a model JSON (*.model.json) or a run folder written by train --out."],
    options: { dataset: dataset("the one it was trained on"), threads, json },
  },
  recompute: {
    summary: "Recompute the running statistics of a trained net's BatchNorms over training samples",
    operands: ["MODEL"],
    text: [
      "MODEL is a model JSON (*.model.json) or a run folder written by train --out. Weights stay as they are.",
      "Up to 10,000 training samples pass in training mode; mean and variance become those of all their values.",
      "Shows the test set before and after, and in training mode, where each batch has its own statistics.",
    ],
    options: {
      dataset: dataset("the one it was trained on"),
      limit: { value: "N", help: "Take the first N training samples only, as the net was trained with" },
      out: { value: "FILE", help: "Write the net with its new statistics, by custom *.model.json" },
      threads,
      json,
    },
  },
  download: {
    summary: "Fetch a dataset that has a name, from the mirrors of its publishers",
    operands: ["NAME"],
    text: [
      "NAME is fashion-mnist (30 MB) or cifar-10 (162 MB); MNIST comes along. Files are checked by their published checksums.",
      "What was received stays, and the next attempt goes on from there. LAYERSCOPE_DATASETS names another folder to keep datasets in, LAYERSCOPE_MIRROR the URL of a folder with fashion-mnist and cifar-10 in it, tried first.",
    ],
    options: { json },
  },
  export: {
    summary: "Write the trained net of a run to a file, as model JSON or ONNX, or a graph as PyTorch code",
    operands: ["RUN_DIR"],
    text: [
      "RUN_DIR is a folder written by train --out; for ONNX also a .model.json file, for PyTorch code that or a .layerscope file.",
      "The ONNX file takes samples as the dataset stores them, and gives probabilities and logits, or predictions.",
      'The code makes the net, and reads the weights of a model JSON: load("NAME.model.json").',
    ],
    options: {
      format: {
        value: "NAME",
        help: "layerscope: model JSON with graph, weights and training record; onnx: an ONNX file; pytorch: a Python file (default: layerscope)",
      },
      out: { value: "FILE", help: "The file to write, by custom *.model.json, *.onnx or *.py" },
      json,
    },
  },
  "check-gradients": {
    summary: "Check the backward pass of every layer against difference quotients, in float64",
    operands: ["GRAPH"],
    text: [
      "GRAPH is a .layerscope file. Each layer is taken by itself on random inputs, with weights near those it starts with.",
      "Exits with 1 when a relative error is above 1e-7.",
    ],
    options: { json },
  },
  reference: {
    summary: "Compare both engines with values computed elsewhere",
    operands: ["CASES.json"],
    text: [
      "CASES.json holds layers, losses, optimizers or training with their results, as docs/file-formats.md describes.",
      "Exits with 1 when a relative error is above 1e-9 in float64, or above 1e-4 in float32 (1e-3 after ten steps of training).",
    ],
    options: { json },
  },
  bench: {
    summary: "Measure the speed of training and inference on this machine",
    operands: [],
    text: [
      "Trains on samples in memory, with statistics off and at 10 frames a second, and shows the share of the machine's own limit,",
      "then where the time of a training step goes, layer by layer.",
      "Peers run in turn with Layerscope; a ratio is the median of pairs.",
    ],
    options: {
      nets: {
        value: "NAMES",
        help: "mlp-bn, lenet-bn-max, lenet-bn-avg, vgg-bn-cifar10, separated by commas (default: all)",
      },
      data: {
        value: "NAME",
        help: "own: the first samples of the document's dataset, where it is on this machine; or random bytes (default: own)",
      },
      threads: { value: "COUNTS", help: "Numbers of threads, separated by commas (default: 1,2)" },
      against: { value: "PEERS", help: "torch, tfjs, separated by commas (default: none)" },
      python: { value: "FILE", help: "The Python whose PyTorch is the peer (default: /usr/bin/python3)" },
      pairs: { value: "N", help: "Rounds of each measurement (default: 7)" },
      seconds: { value: "X", help: "Length of a round (default: 1)" },
      build: {
        value: "NAME",
        help: "Kernels to measure: relaxed-simd or simd (default: the faster one that this machine runs)",
      },
      json,
    },
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof commands;

export const isCommandName = (name: string): name is CommandName => Object.hasOwn(commands, name);
