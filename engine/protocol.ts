/**
 * Door 2: what goes to a trainer and what comes back, the same for the utility process, the web worker and the command line.
 * Both ends validate with these schemas. ArrayBuffers cross as they are (ports copy them).
 */
import { z } from "zod";
import { datasetReferenceSchema, documentSchema, earlyStoppingSchema, trainingSchema } from "./document/schema.ts";
import { trainingChangeSchema } from "./document/trainingChange.ts";
import { startedFromSchema } from "./export/startingNet.ts";
import {
  datasetDescriptionSchema,
  explainedNormalizationSchema,
  gradientResultSchema,
  inspectedSampleSchema,
  testEvaluationSchema,
  testResultSchema,
} from "./protocolAnswers.ts";
import { epochSchema } from "./telemetry/epochRecord.ts";

export { isLabelled, NO_LABEL, type RunLabel, runLabelSchema } from "./experiments/runLabel.ts";
export { RUN_LIMITS_SETTING, type RunLimits, runLimits } from "./experiments/runLimits.ts";
export type {
  StudyDetail,
  StudyRunState,
  StudyRunStatus,
  StudyState,
  StudyStatus,
  StudyUpdate,
} from "./experiments/studyStatus.ts";
export { startedFromSchema } from "./export/startingNet.ts";
export { type EpochRecord, epochSchema } from "./telemetry/epochRecord.ts";
export { metricJson, metricNumber } from "./telemetry/metricJson.ts";

export const PROTOCOL_VERSION = 1;

export const MAX_FRAMES_PER_SECOND = 10;
/** Of the time, that measuring layers may take unless a run is asked for another share. */
export const USUAL_STATISTICS_SHARE = 0.03;

const arrayBuffer = z.instanceof(ArrayBuffer);

/** Datasets that are published for download; MNIST comes with the app. */
const downloadNameSchema = z.enum(["fashionMnist", "cifar10"]);

/** Names a run whose trainer keeps a folder for it. */
export const runIdSchema = z.string().regex(/^[0-9a-f-]{36}$/);

export const trainRequestSchema = z.discriminatedUnion("type", [
  /**
   * Before `start`, as often as the document changes: has the trainer make ready for this start, so that the run begins at once. The first
   * one, and each that asks for it, may be answered by `rehearsed`; what is wrong is told by the start.
   */
  z.strictObject({
    type: z.literal("prepare"),
    protocol: z.literal(PROTOCOL_VERSION),
    document: documentSchema,
    threads: z.int().min(1).max(256).nullable(),
    /** It is not known how long a step of such a net takes here. */
    rehearse: z.boolean(),
  }),
  z.strictObject({
    type: z.literal("start"),
    protocol: z.literal(PROTOCOL_VERSION),
    document: documentSchema,
    /** null: as many as the machine has and the net can use. */
    threads: z.int().min(1).max(256).nullable(),
    /** Of the document, by which the list of unfinished runs names the run. */
    title: z.string().max(255).exactOptional(),
    /** A trained net to start from, the text of a model JSON under the name of its file; absent: initializers. */
    from: z.strictObject({ name: startedFromSchema.shape.name, text: z.string() }).exactOptional(),
  }),
  /** In place of `start`: goes on with an unfinished run, where the trainer keeps those. */
  z.strictObject({
    type: z.literal("resumeRun"),
    protocol: z.literal(PROTOCOL_VERSION),
    runId: runIdSchema,
    threads: z.int().min(1).max(256).nullable(),
  }),
  /** In place of `start`: takes a trained net, the text of a model JSON, to be asked by `inspectSample` and `evaluateTest`. Nothing trains. */
  z.strictObject({
    type: z.literal("openNet"),
    protocol: z.literal(PROTOCOL_VERSION),
    text: z.string(),
    threads: z.int().min(1).max(256).nullable(),
  }),
  z.strictObject({ type: z.literal("pause") }),
  z.strictObject({ type: z.literal("resume") }),
  /** One batch, then paused. */
  z.strictObject({ type: z.literal("stepOnce") }),
  /** Stops after the batch under way. */
  z.strictObject({ type: z.literal("stop") }),
  /** Settings that the run takes over from the next batch on; also while paused. Answered by `trainingChanged`. */
  z.strictObject({ type: z.literal("changeTraining"), training: trainingChangeSchema }),
  /**
   * How many steps a second are measured at most, which share of the time that may take (0 to 1; null: any), and which nodes are left out; in
   * force from the next step on, also when it comes before `start`. At 0 a second only steps that a run pauses or stops at are measured, and
   * frames bring losses alone.
   */
  z.strictObject({
    type: z.literal("changeStatistics"),
    framesPerSecond: z.number().min(0).max(MAX_FRAMES_PER_SECOND),
    /** Absent: `USUAL_STATISTICS_SHARE`. */
    maxShare: z.number().gt(0).max(1).nullable().exactOptional(),
    skippedNodes: z.array(z.string()),
  }),
  /** The frame with this sequence number was received; the next may be sent. */
  z.strictObject({ type: z.literal("acknowledgeFrame"), sequence: z.int() }),
  /** Asks for the weights as they are now, as a model JSON; also after the run has finished or stopped. */
  z.strictObject({ type: z.literal("exportModel"), requestId: z.int() }),
  /** Writes a checkpoint of the run under way as it is now: its process is about to end. Answered by `runKept`. */
  z.strictObject({ type: z.literal("keepRun"), requestId: z.int() }),
  /**
   * Takes a normalizing node of the net apart on the batch trained last: one set of values (a channel, a sample, a group), step by step. Also
   * after the run has ended. Answered by `normalizationExplained`.
   */
  z.strictObject({
    type: z.literal("explainNormalization"),
    requestId: z.int(),
    nodeId: z.string(),
    set: z.int().min(0),
  }),
  /**
   * Runs one sample through the net as it is, also while it trains and after the run. Answered by `sampleInspected`. In training mode batch
   * norm sees the sample in a batch with the first test samples, see `train/inspect.ts`.
   */
  z.strictObject({
    type: z.literal("inspectSample"),
    requestId: z.int(),
    sample: z.discriminatedUnion("from", [
      z.strictObject({ from: z.literal("test"), index: z.int().min(0) }),
      /** What the dataset stores of a sample: bytes of an image, channels first, or float64 numbers of a row. */
      z.strictObject({ from: z.literal("values"), values: arrayBuffer }),
    ]),
    mode: z.enum(["evaluation", "training"]),
    /** The node of which as many channels as possible are wanted, where not all fit; null: all nodes alike. */
    nodeId: z.string().nullable(),
  }),
  /** Runs the test set through the net as it is now; the run goes on meanwhile. Answered by `testEvaluated`; the last one asked for wins. */
  z.strictObject({
    type: z.literal("evaluateTest"),
    requestId: z.int(),
    /** How many of the worst mistakes are wanted. */
    worst: z.int().min(0).max(100),
  }),
  /**
   * Recomputes the running statistics of every batch norm over training samples, see `train/populationStatistics.ts`: between two steps,
   * while paused, or after the run. Answered by `statisticsRecomputed`.
   */
  z.strictObject({ type: z.literal("recomputeStatistics"), requestId: z.int() }),
  /** Gives up what `recomputeStatistics` has begun; the run goes on. */
  z.strictObject({ type: z.literal("stopRecomputing") }),
  /** Takes the last recomputation back, as long as no step has followed it. Answered by `statisticsRestored`. */
  z.strictObject({ type: z.literal("restoreStatistics"), requestId: z.int() }),
  /** Compares every layer's backward pass with difference quotients; nothing trains. Answered by `gradientsChecked`. */
  z.strictObject({
    type: z.literal("checkGradients"),
    protocol: z.literal(PROTOCOL_VERSION),
    document: documentSchema,
  }),
  /** Which dataset a file or folder is that the user has chosen. */
  z.strictObject({ type: z.literal("recognizeDataset"), requestId: z.int(), path: z.string() }),
  /** Reads a dataset for `readSamples`; nothing trains. */
  z.strictObject({ type: z.literal("openDataset"), requestId: z.int(), dataset: datasetReferenceSchema }),
  /** What is there of a dataset that can be downloaded. Answered by `downloadFound`. */
  z.strictObject({ type: z.literal("findDownload"), requestId: z.int(), dataset: downloadNameSchema }),
  /** Fetches it; ends with `downloadEnded`. Killing the trainer stops it: what was received stays. */
  z.strictObject({ type: z.literal("downloadDataset"), requestId: z.int(), dataset: downloadNameSchema }),
  /** Samples of the open dataset, of one class or of all (`label` null), from the `start`-th of them. */
  z.strictObject({
    type: z.literal("readSamples"),
    requestId: z.int(),
    part: z.enum(["train", "test"]),
    label: z.int().min(0).nullable(),
    start: z.int().min(0),
    count: z.int().min(1).max(10_000),
  }),
]);

const failureSchema = z.discriminatedUnion("reason", [
  z.strictObject({ reason: z.literal("invalidDocument"), message: z.string() }),
  z.strictObject({ reason: z.literal("datasetUnavailable"), message: z.string() }),
  z.strictObject({ reason: z.literal("outOfMemory"), message: z.string() }),
  /** Loss or an output is NaN or Inf: the first node in program order whose output was not finite (null: only the loss). */
  z.strictObject({ reason: z.literal("diverged"), message: z.string(), step: z.int(), nodeId: z.string().nullable() }),
  z.strictObject({ reason: z.literal("crashed"), message: z.string() }),
]);

const hash = z.string().length(64);

/** `step` is the last one with the old settings; `training` has what changed, `settings` all of them as they are now. */
const trainingChangedSchema = z.strictObject({
  type: z.literal("trainingChanged"),
  step: z.int(),
  training: trainingChangeSchema,
  settings: trainingSchema,
  totalSteps: z.int(),
});

export const trainEventSchema = z.discriminatedUnion("type", [
  /** How fast this machine trains, by a few steps before the run: of one step its work (`compile/work.ts`) and its time. */
  z.strictObject({ type: z.literal("rehearsed"), work: z.number().positive(), seconds: z.number().positive() }),
  z.strictObject({
    type: z.literal("started"),
    protocol: z.literal(PROTOCOL_VERSION),
    totalSteps: z.int(),
    stepsPerEpoch: z.int(),
    epochs: z.int(),
    batchSize: z.int(),
    trainCount: z.int(),
    testCount: z.int(),
    threads: z.int(),
    build: z.enum(["relaxed-simd", "simd"]),
    memoryBytes: z.int(),
    datasetName: z.string(),
    classNames: z.array(z.string()),
    /** Samples have targets and no classes: R² takes the place of accuracy. */
    hasTargets: z.literal(true).exactOptional(),
    /** Node ids in program order: the order of the records in a frame. */
    nodeIds: z.array(z.string()),
    /** The last step done before; absent unless the run goes on from a checkpoint. */
    resumedStep: z.int().exactOptional(),
    /** The trained net that the run started from, see `export/startingNet.ts`; absent: all of it started from initializers. */
    from: startedFromSchema.exactOptional(),
    /** By which the run can be resumed if it is interrupted; absent where nothing is kept of it. */
    runId: runIdSchema.exactOptional(),
  }),
  /** After `started` of a resumed run: its document with the settings as they are now, and what it reported before. */
  z.strictObject({
    type: z.literal("history"),
    document: documentSchema,
    /** As in `frame`. */
    steps: arrayBuffer,
    epochs: z.array(epochSchema),
    changes: z.array(trainingChangedSchema),
    /** Lines of the record of steps and epochs that cannot be read. */
    lostLines: z.int(),
    /** A file of frames as `telemetry/frameFile.ts` lays it out, up to the step that the run goes on from; null: there is none. */
    frames: arrayBuffer.nullable(),
  }),
  /**
   * At most 10 a second, one unacknowledged at a time. `steps` holds, for every step since the last frame, step, loss and accuracy
   * (0 to 1; R² where samples have targets) as three float64; `frame` is laid out by `telemetry/frameLayout.ts`. The last frame of a run does not wait for an
   * acknowledgement. A frame without nodes only brings steps: those up to a divergence that was not measured.
   */
  z.strictObject({
    type: z.literal("frame"),
    sequence: z.int(),
    step: z.int(),
    epoch: z.int(),
    samplesPerSecond: z.number(),
    secondsLeft: z.number(),
    /** Share of the step time spent on statistics, 0 to 1. */
    statisticsShare: z.number(),
    /** Frames that were due but not sent because one was still unacknowledged. */
    dropped: z.int(),
    steps: arrayBuffer,
    frame: arrayBuffer,
  }),
  epochSchema.extend({ type: z.literal("epoch") }),

  z.strictObject({ type: z.literal("paused"), step: z.int() }),
  z.strictObject({ type: z.literal("resumed"), step: z.int() }),
  trainingChangedSchema,
  z.strictObject({
    type: z.literal("finished"),
    step: z.int(),
    stopped: z.boolean(),
    elapsedMs: z.number(),
    /** SHA-256 of the losses of all steps, as float64 little-endian: equal runs have equal hashes. */
    lossesHash: hash,
    /** SHA-256 of all weights and state as the run left them, in program order, row-major, as float32 little-endian. */
    weightsHash: hash,
    /** Absent unless early stopping ended the run, or brought the weights of its best epoch back. */
    earlyStop: z
      .strictObject({ metric: earlyStoppingSchema.shape.metric, bestEpoch: z.int(), restored: z.boolean() })
      .optional(),
    /** The trainer keeps a folder for the run, and its net is there. */
    isNetKept: z.literal(true).exactOptional(),
  }),
  z.strictObject({ type: z.literal("failed"), failure: failureSchema }),
  /** The run goes on; what could not be written is the way back to this step. */
  z.strictObject({ type: z.literal("checkpointFailed"), step: z.int(), message: z.string() }),
  z.strictObject({
    type: z.literal("datasetRecognized"),
    requestId: z.int(),
    dataset: datasetReferenceSchema.nullable(),
    problem: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal("datasetOpened"),
    requestId: z.int(),
    description: datasetDescriptionSchema.nullable(),
    problem: z.string().nullable(),
  }),
  z.strictObject({
    type: z.literal("downloadFound"),
    requestId: z.int(),
    /** `impossible`: where this trainer runs, nothing can be downloaded. */
    status: z.enum(["complete", "incomplete", "impossible"]),
    receivedBytes: z.number(),
    /** Where its files are looked for; null where nothing can be downloaded. */
    folder: z.string().nullable(),
    /** What is published and not there yet: it can be brought by hand, an archive unpacked. */
    missing: z.array(
      z.strictObject({ name: z.string(), bytes: z.number(), urls: z.array(z.string()), isArchive: z.boolean() }),
    ),
  }),
  /** At most 10 a second. Bytes of all files. */
  z.strictObject({ type: z.literal("downloadProgressed"), receivedBytes: z.number(), totalBytes: z.number() }),
  /** `problem`: a sentence; null: all is there and right. */
  z.strictObject({ type: z.literal("downloadEnded"), requestId: z.int(), problem: z.string().nullable() }),
  z.strictObject({
    type: z.literal("samplesRead"),
    requestId: z.int(),
    /** Of each sample in its part, from 0. */
    numbers: z.array(z.int()),
    /** The class, or the first number of the target. */
    labels: z.array(z.number()),
    /** Sample after sample, channels first. */
    values: arrayBuffer,
  }),
  /** At most 10 a second; the results since the last one, in program order. */
  z.strictObject({
    type: z.literal("gradientsChecked"),
    /** The largest relative error that agrees. */
    tolerance: z.number(),
    results: z.array(gradientResultSchema),
    done: z.boolean(),
  }),
  z.strictObject({
    type: z.literal("sampleInspected"),
    requestId: z.int(),
    sample: inspectedSampleSchema.nullable(),
    problem: z.string().nullable(),
  }),
  /** At most 10 a second. Samples of the test set. */
  z.strictObject({ type: z.literal("testProgressed"), requestId: z.int(), done: z.int(), total: z.int() }),
  z.strictObject({
    type: z.literal("testEvaluated"),
    requestId: z.int(),
    evaluation: testEvaluationSchema.nullable(),
    problem: z.string().nullable(),
  }),
  /** At most 10 a second. Batches. */
  z.strictObject({ type: z.literal("recomputeProgressed"), done: z.int(), total: z.int() }),
  z.strictObject({
    type: z.literal("statisticsRecomputed"),
    requestId: z.int(),
    /** A sentence, where nothing was found and the statistics are as they were. */
    problem: z.string().nullable(),
    found: z
      .strictObject({
        /** The last finished step. */
        step: z.int(),
        /** Training samples that the statistics are of. */
        samples: z.int(),
        /** In evaluation mode before and after; `training`: in training mode, by the statistics of each batch. */
        before: testResultSchema,
        training: testResultSchema,
        after: testResultSchema,
        /** The new running mean and variance by channel, float32. */
        norms: z.array(z.strictObject({ nodeId: z.string(), mean: arrayBuffer, variance: arrayBuffer })),
      })
      .nullable(),
  }),
  /** `problem`: a sentence; null: they are what they were before. */
  z.strictObject({ type: z.literal("statisticsRestored"), requestId: z.int(), problem: z.string().nullable() }),
  z.strictObject({
    type: z.literal("modelExported"),
    requestId: z.int(),
    text: z.string().nullable(),
    problem: z.string().nullable(),
  }),
  /** `problem`: why there is no checkpoint of this moment, a sentence; null: there is one. */
  z.strictObject({ type: z.literal("runKept"), requestId: z.int(), problem: z.string().nullable() }),
  z.strictObject({
    type: z.literal("normalizationExplained"),
    requestId: z.int(),
    /** null: see `problem`. */
    explanation: explainedNormalizationSchema.nullable(),
    problem: z.string().nullable(),
  }),
]);

export type TrainRequest = z.infer<typeof trainRequestSchema>;
export type TrainEvent = z.infer<typeof trainEventSchema>;
export type RunFailure = z.infer<typeof failureSchema>;
export type InspectedSample = z.infer<typeof inspectedSampleSchema>;
export type TestEvaluation = z.infer<typeof testEvaluationSchema>;
export type GradientResult = z.infer<typeof gradientResultSchema>;
export type DatasetDescription = z.infer<typeof datasetDescriptionSchema>;
export type ExplainedNormalization = z.infer<typeof explainedNormalizationSchema>;
