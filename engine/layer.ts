/**
 * The contract of a layer. A kind is one file under `layers/` that calls `defineLayer` and one entry in `registry.ts`;
 * palette, inspector, validation, docs, export and the test battery all read the definition, none of them knows a kind.
 *
 * Conventions: shapes leave the batch out and are channels first (`[C, H, W]` or `[F]`). Conv weights are OIHW, Dense weights
 * `[out, in]`. Tensors of the reference carry the batch as first axis and are float64, row-major.
 */
import { z } from "zod";
import type { Result } from "./result.ts";

// Before the first schema is made: the content security policy of the page forbids the code that zod would generate.
z.config({ jitless: true });

export type Shape = readonly number[];

/** Number of elements of a shape. */
export const elementsOf = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/** `50×5×5`, the way shapes are written on screen and in errors. */
export const formatShape = (shape: Shape): string => shape.join("×");

/** A float64 tensor of the reference engine, row-major. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** A float32 tensor by name, channels first (conv OIHW, dense [out, in]), as the network, files and the screen show it. */
export interface NamedTensor {
  /** `<node id>.<weight or state name>`: `conv1.weight`, `bn1.runningMean`. */
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** `1,312`: whole numbers as they are written in messages. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");

/** `class` → `classes`, `study` → `studies`, `run` → `runs`; the ch of `epoch` is a k. */
export const pluralOf = (noun: string): string =>
  /(?:s|x|sh|[^o]ch)$/.test(noun) ? `${noun}es` : noun.replace(/(?<=[^aeiou])y$/, "ie").concat("s");

/** `1 epoch`, `1,312 steps`, `2 studies`: a number with what is counted, which may have words before its noun. */
export const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${count === 1 ? noun : pluralOf(noun)}`;

export type Family = "io" | "linear" | "norm" | "activation" | "shape" | "regularization" | "merge";

/** How weights start. */
export const initializerSchema = z.discriminatedUnion("name", [
  z.strictObject({
    name: z.enum(["heNormal", "heUniform", "xavierNormal", "xavierUniform", "lecunNormal", "lecunUniform", "zeros"]),
  }),
  z.strictObject({ name: z.literal("normal"), std: z.number().positive() }),
  z.strictObject({ name: z.literal("uniform"), limit: z.number().positive() }),
]);

export type Initializer = z.infer<typeof initializerSchema>;

/** A value of a param as documents hold it: anything JSON has. */
export type ParamValue = z.core.util.JSONType;

/** A tensor that training learns. `fanIn` and `fanOut` feed the initializer. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: Shape;
  /** `document` takes the initializer of the document's training settings. */
  readonly initializer:
    | Initializer
    | { readonly name: "document" }
    | { readonly name: "constant"; readonly value: number };
  readonly fanIn: number;
  readonly fanOut: number;
  /** Whether L2 weight decay applies (Conv and Dense weights only). */
  readonly decays: boolean;
}

/** A tensor that training updates without a gradient, such as running statistics. */
export interface StateSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: number;
}

/** What the compiler knows of the document's dataset. */
export interface DatasetFacts {
  /** Channels first, as stored: `[1, 28, 28]`. */
  readonly sampleShape: Shape;
  /** 0 where samples have targets. */
  readonly numClasses: number;
  /** How many numbers each sample's target has; absent: samples have classes. */
  readonly targetWidth?: number;
  readonly trainCount: number;
  /** Absent: no test samples. */
  readonly testCount?: number;
  /** What a value of a sample is stored as, numbers of four bytes; absent: a byte, as of images. */
  readonly stores?: "numbers";
}

/**
 * How the bytes of the dataset become the values that enter the net: mean 0 and std 1 over the training set, 0 to 1, or as they are.
 */
export type InputScaling = "standardize" | "unit" | "none";

/**
 * Why a layer cannot take its inputs (LS201 wrong shape, LS202 window larger than the input, LS203 params that contradict each
 * other), does not fit the dataset (LS204 sample shape, LS205 number of classes) or, a warning, the size of the batch (LS206).
 */
export interface LayerProblem {
  readonly code: "LS201" | "LS202" | "LS203" | "LS204" | "LS205" | "LS206";
  /**
   * Without `param` the predicate that follows the node's kind and name: `expects a flat input but receives 50×5×5.`
   * With `param` a sentence of its own: `Kernel 29 is larger than the input, 13. Use 13 or less, or add padding.`
   */
  readonly text: string;
  /** The param at fault, which the inspector marks. */
  readonly param?: string;
  /** Which of several inputs is at fault, and the one that the fix is for; the first where it is absent. */
  readonly input?: number;
  /** At most about 24 characters, for the badge on the node: `50×5×5 is not flat`. */
  readonly badge: string;
  readonly fix?: /** With other params than the defaults, the label says which. */
    | {
        readonly type: "insertBefore";
        readonly kind: string;
        readonly params?: Readonly<Record<string, ParamValue>>;
        readonly label?: string;
      }
    | { readonly type: "setParam"; readonly param: string; readonly value: ParamValue; readonly label: string }
    | { readonly type: "setBatchSize"; readonly value: number }
    /** Sets the `widthParam` of the nearest layer before this one that decides how many features arrive here. */
    | { readonly type: "setWidthBefore"; readonly width: number };
}

/** One stream of uniform random numbers in [0, 1), named after its purpose and node. */
export type RandomStream = () => number;

export interface ReferenceForward<P> {
  readonly params: P;
  readonly inputs: readonly Tensor[];
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly state: Readonly<Record<string, Tensor>>;
  readonly mode: "training" | "evaluation";
  readonly random: RandomStream;
}

export interface ReferenceOutput {
  readonly output: Tensor;
  /** State after this forward pass; absent when the layer has none or the mode leaves it alone. */
  readonly state?: Readonly<Record<string, Tensor>>;
  /** What backward needs besides inputs and weights (a mask, say). */
  readonly saved?: Readonly<Record<string, Float64Array>>;
}

export interface ReferenceBackward<P> extends ReferenceForward<P> {
  readonly output: Tensor;
  readonly saved: Readonly<Record<string, Float64Array>>;
  /** dL/d(output). */
  readonly outputGradient: Tensor;
}

/** All returned tensors are fresh; the caller sums where one output feeds several inputs. */
export interface ReferenceGradients {
  readonly inputs: readonly Tensor[];
  readonly weights: Readonly<Record<string, Tensor>>;
}

/** Loss of a batch, with its gradient with respect to the layer's input, a fresh tensor. */
export interface ReferenceLoss {
  /** Mean over the batch. */
  readonly value: number;
  readonly inputGradient: Tensor;
  /** Samples whose largest logit is at the label, the first one winning ties; null where labels are no classes. */
  readonly correct: number | null;
}

/** Rows and columns of zeros around an image. */
export interface Padding2d {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

/**
 * What a layer asks of the fast engine: one primitive operation with all numbers resolved. The compiler fuses operations and
 * chooses kernels from them alone. A kind without `lower` still trains, through its reference.
 */
export type Operation =
  | { readonly op: "input" }
  | {
      readonly op: "conv2d";
      readonly filters: number;
      readonly kernel: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly dilation: readonly [number, number];
      readonly padding: Padding2d;
      /** Parts of the channels that are convolved apart. */
      readonly groups: number;
      readonly bias: boolean;
    }
  | { readonly op: "dense"; readonly units: number; readonly bias: boolean }
  | {
      readonly op: "batchNorm";
      readonly epsilon: number;
      readonly momentum: number;
      readonly scale: boolean;
      readonly shift: boolean;
      /** What training normalizes by; running values then stay as they are. */
      readonly statistics: "batch" | "running";
    }
  /** Within each sample. `perPlace`: γ and β have the sample's shape, else one value a channel. */
  | {
      readonly op: "groupNorm";
      readonly groups: number;
      readonly epsilon: number;
      readonly scale: boolean;
      readonly shift: boolean;
      readonly perPlace: boolean;
    }
  | { readonly op: "relu" }
  | {
      readonly op: "pool2d";
      readonly pool: "max" | "avg";
      readonly size: readonly [number, number];
      readonly stride: readonly [number, number];
      readonly padding: Padding2d;
    }
  | { readonly op: "flatten" }
  | { readonly op: "dropout"; readonly rate: number }
  | { readonly op: "gaussianNoise"; readonly std: number }
  | {
      readonly op: "activation";
      readonly curve: "leakyRelu" | "elu" | "gelu" | "geluTanh" | "silu" | "sigmoid" | "tanh";
      /** The slope of leaky ReLU below 0, the α of ELU; 0 for the others. */
      readonly parameter: number;
    }
  | { readonly op: "softmax" }
  | { readonly op: "reshape" }
  /** Of several inputs. */
  | { readonly op: "add" }
  | { readonly op: "concat" }
  | { readonly op: "softmaxCrossEntropy"; readonly labelSmoothing: number }
  | { readonly op: "meanSquaredError" };

/** Whether an operation ends the net. */
export const isLoss = (operation: Operation | null): boolean =>
  operation?.op === "softmaxCrossEntropy" || operation?.op === "meanSquaredError";

/** What a param says of itself to the inspector, the docs and diagnostics. */
export interface ParamMeta {
  /** `Kernel`. */
  readonly title: string;
  /** One sentence for the tooltip. */
  readonly description: string;
  /** `px`, say. */
  readonly unit?: string;
  /** How to edit it, where its type alone does not say. */
  readonly control?: "number" | "toggle" | "select" | "pair" | "shape" | "padding" | "initializer";
  /** Words on screen for the values of an enumeration. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The params of every kind that has weights: whether they learn, and how fast. Spread into the kind's own, after them. */
export const learningParams = {
  trainable: z.boolean().default(true).meta({
    title: "Trainable",
    description: "Off: the weights stay as they start. Running statistics still follow the batches.",
    control: "toggle",
  }),
  learningRateFactor: z.number().positive().max(1000).default(1).meta({
    title: "Rate factor",
    description: "Multiplies the learning rate for the weights of this node.",
    control: "number",
  }),
};

const learningSchema = z.object(learningParams);

/** What multiplies the learning rate of a node with these params; null: its weights are frozen. */
export const rateFactorOf = (params: unknown): number | null => {
  const { trainable, learningRateFactor } = learningSchema.parse(params);
  return trainable ? learningRateFactor : null;
};

/** A layer written in PyTorch, in evaluation and in training. */
export interface TorchForm {
  /** What makes its module: `nn.Linear(800, 128)`; absent: it has nothing to keep. */
  readonly module?: string;
  /** Its value, of the expressions of its inputs; `self` is its module's. Absent: the module called with the input. */
  readonly call?: (inputs: readonly string[], self: string) => string;
  /** Of its weights and state by name: what the module calls them. */
  readonly tensors?: Readonly<Record<string, string>>;
  /** Tensors that the module has and the layer does not: they stay as they start. */
  readonly fixed?: readonly string[];
  /** Tensors that PyTorch by itself starts at a constant, by its names. */
  readonly starts?: Readonly<Record<string, number>>;
  /** Whether training leaves its module in evaluation mode. */
  readonly alwaysEvaluates?: boolean;
  /** Only of kinds without outputs: what training lowers, of the net's output. */
  readonly loss?: string;
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number };

export interface OnnxNode {
  /** `Conv`, of the default operator set, version 17. */
  readonly operator: string;
  /** `in0`, `in1` … are the layer's inputs; else one of its weights, state or constants, or the value of a node before. */
  readonly inputs: readonly string[];
  /** The name of its value; the last node's needs none, for it is the layer's. */
  readonly value?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A layer written in ONNX, in evaluation. */
export interface OnnxForm {
  /** In the order of computation; none: its value is its input's. Of kinds without outputs, each value is one that the net returns, by its name. */
  readonly nodes: readonly OnnxNode[];
  /** What the nodes read beside weights and state: float32, or int64 where they are whole. */
  readonly constants?: Readonly<
    Record<string, { readonly shape: Shape; readonly values: readonly number[]; readonly whole?: true }>
  >;
}

export interface LayerDefinition<P = unknown> {
  /** The name in documents: `conv2d`. */
  readonly kind: string;
  /** The name on screen: `Conv2D`. */
  readonly title: string;
  /** `2D convolution`. */
  readonly subtitle: string;
  readonly family: Family;
  /** What the palette shows beside the title: `w ∗ x + b`. */
  readonly formula: string;
  /** Other words people search for: `convolution`, `cnn`. */
  readonly aliases: readonly string[];
  /** A few sentences: what it computes, the formula, the source. Markdown without headings. */
  readonly doc: string;
  /** Prefix of names of new nodes: `conv` gives conv1, conv2 … */
  readonly namePrefix: string;
  /** A net rarely has two: the first one is named without a number, `flatten`. */
  readonly rarelyRepeated?: true;
  /** Its values are its input's values: the node on the canvas is a header only. */
  readonly compact?: true;
  /**
   * A strict zod object in which every field has a default and a `ParamMeta` given with `.meta()`.
   * The inspector is generated from it (`z.toJSONSchema`).
   */
  readonly params: z.ZodType<P>;
  /** Port names. A kind without inputs is where samples enter; a kind without outputs ends the net and has a `loss`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Its one input port takes several edges, at least this many, in the order of the document. The functions get a shape for each. */
  readonly leastEdges?: number;
  /** The param that sets how many features or channels come out, if one does: `units`. */
  readonly widthParam?: string;
  readonly inferShape: (params: P, inputs: readonly Shape[]) => Result<Shape, LayerProblem>;
  readonly weights: (params: P, inputs: readonly Shape[]) => readonly WeightSpec[];
  readonly state: (params: P, inputs: readonly Shape[]) => readonly StateSpec[];
  /** Multiply-adds of one sample's forward pass; 0 where a layer has none worth counting. */
  readonly multiplyAdds: (params: P, inputs: readonly Shape[], output: Shape) => number;
  /** One short line for the node when weights do not say it, or "": `avg 2×2`. Shapes are null while they are unknown. */
  readonly summary: (params: P, inputs: readonly (Shape | null)[], output: Shape | null) => string;
  /** Only of kinds without inputs: how samples are scaled. */
  readonly scaling?: (params: P) => InputScaling;
  /** Whether the layer works with batches of this size. */
  readonly checkBatch?: (params: P, inputs: readonly Shape[], batchSize: number) => LayerProblem | null;
  /** Whether the layer fits the dataset it is trained on. */
  readonly checkDataset?: (params: P, inputs: readonly Shape[], dataset: DatasetFacts) => LayerProblem | null;
  readonly reference: {
    readonly forward: (call: ReferenceForward<P>) => ReferenceOutput;
    readonly backward: (call: ReferenceBackward<P>) => ReferenceGradients;
    /**
     * Only of kinds without outputs: training starts its backward pass here, not at `backward`. Labels are a class a sample, or its
     * target's numbers, row-major.
     */
    readonly loss?: (params: P, input: Tensor, labels: ArrayLike<number>) => ReferenceLoss;
  };
  readonly torch: (params: P, inputs: readonly Shape[], output: Shape) => TorchForm;
  /** Of a kind without inputs, `inputs` has the shape of the samples that are stored. */
  readonly onnx: (params: P, inputs: readonly Shape[], output: Shape) => OnnxForm;
  /** null: these params have no kernels. */
  readonly lower?: (params: P, inputs: readonly Shape[]) => Operation | null;
}

/** A definition whose params type has been erased, as the registry holds it. Call it with params its own schema has parsed. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where the params type is erased; the registry pairs schema and functions
export type AnyLayer = LayerDefinition<any>;

/** Declares a kind. The params type is inferred from the schema. */
export const defineLayer = <P>(definition: LayerDefinition<P>): LayerDefinition<P> => definition;
