/** A network in a WebAssembly memory: writes a job into the header, runs it, reads the outcome. No JavaScript per element in a step. */
import type { Lowered } from "../compile/lower.ts";
import type { DoorTensor } from "../compile/lowering.ts";
import { type JobName, type MemoryImage, operationsOf } from "../compile/memoryImage.ts";
import type { Phase } from "../compile/schedule.ts";
import type { ComputeThread } from "../host/host.ts";
import { HEADER_ADDRESS, header, OPERATION_SKIPPED, WEIGHT_SKIPPED } from "../kernels/header.ts";
import type { KernelBuild, Kernels } from "../kernels/loadKernels.ts";
import { elementsOf, formatShape } from "../layer.ts";
import type { NodeStatistics } from "../telemetry/statistics.ts";
import type { NetworkOptions } from "./createNetwork.ts";
import { OutputReader } from "./inspectOutputs.ts";
import type { BatchMoments, NamedTensor, Network, StepOutcome, StepProfile, UpdateSettings } from "./network.ts";
import { StatisticsReader } from "./networkStatistics.ts";
import { type UpdateNumbers, updateNumbers } from "./updateNumbers.ts";

interface Parts {
  readonly options: NetworkOptions;
  readonly build: KernelBuild;
  readonly lowered: Lowered;
  readonly image: MemoryImage;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly threads: number;
  readonly workers: readonly ComputeThread[];
  /** Threads report here when they die. */
  readonly failures: readonly string[];
}

type Split = "train" | "test";

export class WasmNetwork implements Network {
  readonly threads: number;
  readonly build: KernelBuild;
  readonly memoryBytes: number;
  readonly steps: Network["steps"];
  readonly #parts: Parts;
  readonly #view: DataView;
  readonly #indices: Uint32Array;
  #shares: Pick<UpdateNumbers, "beta1" | "beta2"> = { beta1: 0, beta2: 0 };
  readonly #statistics: StatisticsReader;
  readonly #outputs: OutputReader;
  /** The last measured step. */
  #measured = { rows: 0, isFinite: false };
  #skipped: ReadonlySet<string> = new Set();
  /** Of everything that an update changes, beside what it was. */
  #kept: readonly { readonly floats: Float32Array; readonly copy: Float32Array }[] | null = null;
  #isDisposed = false;

  constructor(parts: Parts) {
    const { options, image, memory } = parts;
    this.#parts = parts;
    this.threads = parts.threads;
    this.build = parts.build;
    this.memoryBytes = memory.buffer.byteLength;
    this.#view = new DataView(memory.buffer);
    const { addressOf } = image;
    this.#statistics = new StatisticsReader({ memory: memory.buffer, addressOf, lowered: parts.lowered });
    this.#outputs = new OutputReader({ memory: memory.buffer, addressOf, lowered: parts.lowered });
    this.#indices = new Uint32Array(memory.buffer, image.extraAddress("indices"), options.program.batchSize);
    this.steps = operationsOf(image.jobs.training.phases).flatMap(({ nodes, kernel, pass }) =>
      pass === "statistics" ? [] : [{ nodes, kernel, pass }],
    );
  }

  trainStep(call: Parameters<Network["trainStep"]>[0]): StepOutcome {
    const { indices, step, learningRate, measure } = call;
    const { optimizerStep = step } = call;
    this.#expectRows(indices.length);
    this.#indices.set(indices);
    this.#setInt("step", step);
    this.#setFloat("learningRate", learningRate);
    const { beta1, beta2 } = this.#shares;
    this.#setFloat("correction1", 1 / (1 - beta1 ** optimizerStep));
    this.#setFloat("correction2", 1 / (1 - beta2 ** optimizerStep));
    this.#setAugmentations(call.augmentations ?? null);
    this.#run("training", "train", indices.length, measure);
    if (measure) this.#measured = { rows: indices.length, isFinite: this.#getInt("diverged") === 0 };
    return { loss: this.#lossSum() / indices.length, correct: this.#getInt("correct") };
  }

  skipStatistics(nodeIds: ReadonlySet<string>): void {
    const { image, lowered } = this.#parts;
    for (const operation of operationsOf(image.jobs.training.phases)) {
      if (operation.pass !== "statistics") continue;
      const isSkipped = operation.nodes.every((nodeId) => nodeIds.has(nodeId));
      for (const address of image.operationAddresses(operation)) {
        this.#view.setInt32(address + OPERATION_SKIPPED, isSkipped ? 1 : 0, true);
      }
    }
    for (const { nodeId, record } of lowered.weightMeasurements) {
      this.#view.setInt32(image.addressOf(record) + WEIGHT_SKIPPED, nodeIds.has(nodeId) ? 1 : 0, true);
    }
    this.#skipped = nodeIds;
  }

  statisticsMs(): number {
    return this.#view.getFloat64(HEADER_ADDRESS + header.measuringMs, true);
  }

  profileStep(call: Parameters<Network["trainStep"]>[0]): StepProfile {
    const { image, memory } = this.#parts;
    const { address, threadBytes } = image.profile;
    const numCounts = threadBytes / 8;
    const counts = new Float64Array(memory.buffer, address, numCounts * this.threads);
    counts.fill(0);
    this.#setInt("profile", address);
    this.trainStep(call);
    this.#setInt("profile", 0);
    const total = (number: number): number => {
      let sum = 0;
      for (let thread = 0; thread < this.threads; thread++) sum += counts[thread * numCounts + number] ?? 0;
      // What took no longer than the clock may come out below nothing.
      return Math.max(0, sum);
    };
    return {
      steps: operationsOf(image.jobs.training.phases).map(({ nodes, kernel, pass, reads, writes }, number) => ({
        nodes,
        kernel,
        pass,
        milliseconds: total(number),
        bytes: [...new Set([...reads, ...writes].map(({ buffer }) => buffer))].reduce(
          (sum, { bytes }) => sum + bytes,
          0,
        ),
      })),
      waiting: total(numCounts - 1),
    };
  }

  statistics(): NodeStatistics[] {
    const byNode = this.#statistics.read(this.#measured);
    return this.#inProgramOrder((nodeId) => (this.#skipped.has(nodeId) ? undefined : byNode.get(nodeId)));
  }

  evaluate(call: Parameters<Network["evaluate"]>[0]): { readonly lossSum: number; readonly correct: number } {
    this.#evaluationPass(call);
    return { lossSum: this.#lossSum(), correct: this.#getInt("correct") };
  }

  predict(call: Parameters<Network["predict"]>[0]): ReturnType<Network["predict"]> {
    return { ...this.evaluate(call), logits: this.#logits(call.count) };
  }

  logits(call: Parameters<Network["logits"]>[0]): Float32Array {
    this.#evaluationPass(call);
    return this.#logits(call.count);
  }

  setSample({ split, index, values }: Parameters<Network["setSample"]>[0]): void {
    const { image, memory } = this.#parts;
    const address = image.extraAddress(`${split} images`) + index * values.byteLength;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
  }

  output({ nodeId, mode, row }: Parameters<Network["output"]>[0]): Float32Array {
    return this.#outputs.read(nodeId, mode, row);
  }

  /** Of the last pass. */
  #logits(count: number): Float32Array {
    const { image, lowered, memory } = this.#parts;
    const { layout, buffer } = lowered.logits;
    const numClasses = layout.channels;
    const logits = new Float32Array(count * numClasses);
    for (let n = 0; n < count; n++) {
      const address = image.addressOf(buffer) + layout.originBytes + n * layout.sampleBytes;
      logits.set(new Float32Array(memory.buffer, address, numClasses), n * numClasses);
    }
    return logits;
  }

  forward({ split, indices, step }: Parameters<Network["forward"]>[0]): ReturnType<Network["forward"]> {
    this.#expectRows(indices.length);
    this.#indices.set(indices);
    this.#setInt("step", step);
    this.#setAugmentations(null);
    this.#run("forward", split, indices.length, false);
    return { lossSum: this.#lossSum(), correct: this.#getInt("correct") };
  }

  batchMoments(): BatchMoments[] {
    return this.#parts.lowered.lowering.norms.flatMap(({ nodeId, batch, numChannels, floatAt }) => {
      if (batch === null) return [];
      const [mean, variance] = [this.#floatsOf(batch.mean), this.#floatsOf(batch.variance)];
      // The bias of the layer before is left out of what the kernels see.
      const bias = batch.bias === null ? null : this.#floatsOf(batch.bias);
      const vector = (valueAt: (float: number) => number): Float64Array =>
        Float64Array.from({ length: numChannels }, (_, channel) => valueAt(floatAt(channel)));
      return {
        nodeId,
        mean: vector((float) => (mean[float] ?? Number.NaN) + (bias?.[float] ?? 0)),
        variance: vector((float) => variance[float] ?? Number.NaN),
      };
    });
  }

  nonFiniteNodes(): string[] {
    const { image, lowered } = this.#parts;
    const rows = this.#getInt("rows");
    // Operations on statistics run only in jobs that measure.
    this.#run("scan", null, rows, true);
    const numTasks = Math.ceil(rows / lowered.lowering.chunk);
    const bad = new Set<string>();
    for (const { view, nonFinite, nonFiniteStride } of lowered.measurements) {
      const address = image.addressOf(nonFinite);
      for (let task = 0; task < numTasks; task++) {
        if (this.#view.getFloat64(address + task * nonFiniteStride, true) > 0) bad.add(view.nodeId);
      }
    }
    return this.#inProgramOrder((nodeId) => (bad.has(nodeId) ? nodeId : undefined));
  }

  tensors(): NamedTensor[] {
    return this.#doors().map((door) => this.#readDoor(door));
  }

  setTensors(tensors: readonly NamedTensor[]): void {
    const doors = new Map(this.#doors().map((door) => [door.name, door]));
    for (const tensor of tensors) {
      const door = doors.get(tensor.name);
      if (door === undefined) throw new RangeError(`The net has no tensor ${tensor.name}.`);
      this.#writeDoor(door, tensor);
    }
    // One row: the operations work on channels, but the driver skips a batch without rows.
    this.#run("prepare", null, 1, false);
  }

  setUpdates({ optimizer, weightDecay, clipNorm }: UpdateSettings): boolean {
    const { options } = this.#parts.lowered.lowering;
    if (optimizer.name !== options.optimizer || (clipNorm !== null) !== options.clips) return false;
    const { beta1, beta2, epsilon } = updateNumbers(optimizer);
    // As the kernels have them: 1 − β of 0.999 in float32 is 1.3e-5 off, and a mean must be corrected by the share it was taken with.
    this.#shares = { beta1: Math.fround(beta1), beta2: Math.fround(beta2) };
    this.#setFloat("beta1", beta1);
    this.#setFloat("beta2", beta2);
    this.#setFloat("epsilon", epsilon);
    this.#setFloat("weightDecay", weightDecay);
    this.#setFloat("clipNorm", clipNorm ?? 0);
    return true;
  }

  optimizerTensors(): NamedTensor[] {
    return this.#parts.lowered.lowering.optimizerTensors.map((door) => this.#readDoor(door));
  }

  setOptimizerTensors(tensors: readonly NamedTensor[]): void {
    const doors = new Map(this.#parts.lowered.lowering.optimizerTensors.map((door) => [door.name, door]));
    for (const tensor of tensors) {
      const door = doors.get(tensor.name);
      if (door !== undefined) this.#writeDoor(door, tensor);
    }
  }

  keepWeights(): () => void {
    const { tensors, optimizerTensors } = this.#parts.lowered.lowering;
    this.#kept ??= [...new Set([...tensors, ...optimizerTensors].map(({ buffer }) => buffer))].map((buffer) => {
      const floats = this.#floatsOf(buffer);
      return { floats, copy: new Float32Array(floats.length) };
    });
    const kept = this.#kept;
    for (const { floats, copy } of kept) copy.set(floats);
    return () => {
      for (const { floats, copy } of kept) floats.set(copy);
      this.#run("prepare", null, 1, false);
    };
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#setInt("quit", 1);
    const jobs = new Int32Array(this.#parts.memory.buffer, HEADER_ADDRESS + header.job, 1);
    Atomics.add(jobs, 0, 1);
    Atomics.notify(jobs, 0);
    for (const worker of this.#parts.workers) worker.terminate();
  }

  #setAugmentations(augmentations: Int32Array | null): void {
    const { image, memory } = this.#parts;
    const address = image.extraAddress("augmentations");
    this.#setInt("augmentation", augmentations === null ? 0 : address);
    if (augmentations !== null) {
      new Int32Array(memory.buffer, address, augmentations.length).set(augmentations);
    }
  }

  #evaluationPass({
    split,
    start,
    count,
  }: {
    readonly split: Split;
    readonly start: number;
    readonly count: number;
  }): void {
    this.#expectRows(count);
    for (let row = 0; row < count; row++) this.#indices[row] = start + row;
    this.#setAugmentations(null);
    this.#run("evaluation", split, count, false);
  }

  #run(job: JobName, split: Split | null, rows: number, measure: boolean): void {
    if (this.#isDisposed) throw new Error("The network was disposed.");
    const [failure] = this.#parts.failures;
    if (failure !== undefined) throw new Error(failure);
    const { image, kernels } = this.#parts;
    const table = image.jobs[job];
    this.#setInt("measure", measure ? 1 : 0);
    this.#setInt("rows", rows);
    this.#setInt("diverged", 0);
    this.#view.setFloat64(HEADER_ADDRESS + header.measuringMs, 0, true);
    if (split !== null) {
      this.#setInt("images", image.extraAddress(`${split} images`));
      this.#setInt("labels", image.extraAddress(`${split} labels`));
      this.#setInt("indices", image.extraAddress("indices"));
    }
    for (const stage of table.stages) {
      if (stage.type === "kernels") {
        this.#setInt("phases", stage.start);
        this.#setInt("phasesEnd", stage.end);
        kernels.runJob();
      } else {
        this.#runOnHost(stage.phase, rows);
      }
    }
  }

  /** Layers without kernels, by their references. */
  #runOnHost(phase: Phase, rows: number): void {
    if (phase.when === "finite" && this.#getInt("diverged") !== 0) return;
    const { image, memory } = this.#parts;
    const context = { memory: memory.buffer, addressOf: image.addressOf, rows, step: this.#getInt("step") };
    for (const { operations } of phase.segments) for (const { host } of operations) host?.(context);
  }

  /** Weights and state in program order. */
  #doors(): DoorTensor[] {
    const byName = new Map(this.#parts.lowered.lowering.tensors.map((door) => [door.name, door]));
    return this.#parts.options.program.layers.flatMap(({ nodeId, weights, state }) =>
      [...weights, ...state].flatMap(({ name }) => byName.get(`${nodeId}.${name}`) ?? []),
    );
  }

  #readDoor({ name, shape, buffer, floatAt }: DoorTensor): NamedTensor {
    const floats = this.#floatsOf(buffer);
    const data = new Float32Array(elementsOf(shape));
    for (let element = 0; element < data.length; element++) data[element] = floats[floatAt(element)] ?? Number.NaN;
    return { name, shape, data };
  }

  #writeDoor(door: DoorTensor, { name, shape, data }: NamedTensor): void {
    if (formatShape(door.shape) !== formatShape(shape) || data.length !== elementsOf(shape)) {
      throw new RangeError(`Tensor ${name} is ${formatShape(shape)}, the net's is ${formatShape(door.shape)}.`);
    }
    const floats = this.#floatsOf(door.buffer);
    for (let element = 0; element < data.length; element++) floats[door.floatAt(element)] = data[element] ?? Number.NaN;
  }

  #floatsOf(buffer: DoorTensor["buffer"]): Float32Array {
    return new Float32Array(this.#parts.memory.buffer, this.#parts.image.addressOf(buffer), buffer.bytes / 4);
  }

  #inProgramOrder<T>(pick: (nodeId: string) => T | undefined): T[] {
    return this.#parts.options.program.layers.flatMap(({ nodeId }) => pick(nodeId) ?? []);
  }

  #expectRows(rows: number): void {
    const { batchSize } = this.#parts.options.program;
    if (rows < 1 || rows > batchSize)
      throw new RangeError(`A batch of ${rows} does not fit: 1 to ${batchSize} samples.`);
  }

  #lossSum(): number {
    return this.#view.getFloat64(HEADER_ADDRESS + header.lossSum, true);
  }

  #getInt(name: keyof typeof header): number {
    return this.#view.getInt32(HEADER_ADDRESS + header[name], true);
  }

  #setInt(name: keyof typeof header, value: number): void {
    this.#view.setInt32(HEADER_ADDRESS + header[name], value | 0, true);
  }

  #setFloat(name: keyof typeof header, value: number): void {
    this.#view.setFloat32(HEADER_ADDRESS + header[name], value, true);
  }
}
