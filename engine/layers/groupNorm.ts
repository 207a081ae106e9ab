/** GroupNorm: normalizes groups of channels within each sample; with one channel a group it is instance norm. */
import { z } from "zod";
import {
  counted,
  defineLayer,
  elementsOf,
  formatShape,
  type LayerProblem,
  learningParams,
  type Shape,
} from "../layer.ts";
import { err, ok } from "../result.ts";
import { affineWeights, epsilonParam, oneValue, scaleParam, shiftParam } from "./affine.ts";
import { type Groups, groupGradients, normalizeGroups } from "./groupMoments.ts";
import { ONNX_INPUT, onnxFilled, onnxNode, onnxShape } from "./onnxNodes.ts";
import { torchAffine, torchCall, torchEpsilon } from "./torchText.ts";

const params = z.strictObject({
  grouping: z
    .enum(["groups", "channels"])
    .default("groups")
    .meta({
      title: "Normalize over",
      description: "Groups of channels, or each channel by itself (instance norm).",
      control: "select",
      labels: { groups: "groups of channels", channels: "each channel (instance norm)" },
    }),
  groups: z.int().min(1).max(65_536).default(2).meta({
    title: "Groups",
    description:
      "Number of groups that the channels are divided into, in order. 1 takes the whole sample. Unused by instance norm.",
    control: "number",
  }),
  epsilon: epsilonParam,
  scale: scaleParam,
  shift: shiftParam,
  ...learningParams,
});

type Params = z.infer<typeof params>;

const numGroupsOf = ({ grouping, groups }: Params, channels: number): number =>
  grouping === "channels" ? channels : groups;

/** The divisor of `channels` that is nearest to `wanted`, the smaller of two. */
const nearestDivisor = (channels: number, wanted: number): number => {
  let best = 1;
  for (let divisor = 1; divisor <= channels; divisor++) {
    if (channels % divisor === 0 && Math.abs(divisor - wanted) < Math.abs(best - wanted)) best = divisor;
  }
  return best;
};

/** One value a group has variance 0: the output would be β whatever comes in. */
const singleValues = (channels: number, shape: Shape, grouping: Params["grouping"]): LayerProblem => {
  const text = `Each of the ${counted(channels, "group")} of ${formatShape(shape)} holds a single value, which normalizing turns into 0.`;
  const badge = "one value a group";
  return grouping === "channels"
    ? {
        code: "LS203",
        param: "grouping",
        text: `${text} Normalize over groups of channels.`,
        badge,
        fix: { type: "setParam", param: "grouping", value: "groups", label: "Use groups of channels" },
      }
    : {
        code: "LS203",
        param: "groups",
        text: `${text} Use fewer groups.`,
        badge,
        fix: { type: "setParam", param: "groups", value: 1, label: "Use 1 group" },
      };
};

const groupsOf = (settings: Params, sample: Shape): Groups => {
  const [channels = 0] = sample;
  return { numGroups: numGroupsOf(settings, channels), affineShape: [channels] };
};

export const groupNorm = defineLayer<Params>({
  kind: "groupNorm",
  title: "GroupNorm",
  subtitle: "Group, instance normalization",
  family: "norm",
  formula: "over groups",
  aliases: [
    "group normalization",
    "gn",
    "instance norm",
    "instanceNorm",
    "instance normalization",
    "normalization",
    "normalisation",
  ],
  doc: [
    "Divides the channels (of an image) or features into groups and normalizes each group of each sample over its channels and places,",
    "whatever else is in the batch; then scales and shifts each channel:",
    "`x̂ = (x − mean) / √(variance + ε)`, `y = γ·x̂ + β`, with the biased variance. γ starts at 1, β at 0; both are learnt.",
    "Training and evaluation compute the same; there are no running values. One group takes the whole sample, as LayerNorm does;",
    "one group a channel is instance norm.",
    "Wu & He, *Group normalization* (2018), section 3; Ulyanov, Vedaldi & Lempitsky, *Instance normalization* (2016), equation 4.",
  ].join("\n"),
  namePrefix: "gn",
  params,
  inputs: ["in"],
  outputs: ["out"],
  inferShape: (settings, inputs) => {
    const shape = inputs[0] ?? [];
    const [channels = 0, ...space] = shape;
    const numGroups = numGroupsOf(settings, channels);
    if (channels % numGroups !== 0) {
      const groups = nearestDivisor(channels, numGroups);
      const noun = shape.length === 1 ? "feature" : "channel";
      return err({
        code: "LS203",
        param: "groups",
        text: `${counted(channels, noun)} ${channels === 1 ? "does" : "do"} not divide into ${counted(numGroups, "group")}. Use a divisor, ${groups} say.`,
        badge: `${channels} into ${counted(numGroups, "group")}`,
        fix: {
          type: "setParam",
          param: "groups",
          value: groups,
          label: `Use ${counted(groups, "group")}`,
        },
      });
    }
    if (elementsOf(shape) === 1) return err(oneValue(shape));
    const isSingle = numGroups === channels && space.every((extent) => extent === 1);
    return isSingle ? err(singleValues(channels, shape, settings.grouping)) : ok(shape);
  },
  weights: (settings, inputs) => affineWeights(settings, [inputs[0]?.[0] ?? 0]),
  state: () => [],
  multiplyAdds: () => 0,
  summary: ({ grouping, groups }) => (grouping === "channels" ? "each channel" : `${counted(groups, "group")}`),
  reference: {
    forward: (call) => normalizeGroups(call, groupsOf(call.params, call.inputs[0]?.shape.slice(1) ?? [])),
    // The formula and its derivation are with groupGradients. Fresh tensors; accumulates into nothing.
    backward: (call) => groupGradients(call, groupsOf(call.params, call.inputs[0]?.shape.slice(1) ?? [])),
  },
  torch: (settings, [input = []]) => {
    const { option, ...tensors } = torchAffine(settings, "affine");
    const eps = torchEpsilon(settings.epsilon);
    const [channels = 0] = input;
    return {
      module: torchCall("nn.GroupNorm", [numGroupsOf(settings, channels), channels], { eps, ...option }),
      ...tensors,
    };
  },
  // Groups as the channels of an instance norm; the operator of the name has γ and β of groups in this version of the set.
  onnx: (settings, [input = []]) => {
    const { epsilon, scale, shift } = settings;
    const [channels = 0, ...space] = input;
    const numGroups = numGroupsOf(settings, channels);
    const perChannel = [channels, ...space.map(() => 1)];
    const reshaped = (name: string) => onnxNode("Reshape", [name, "perChannel"], { value: `${name}s` });
    return {
      nodes: [
        onnxNode("Reshape", [ONNX_INPUT, "groups"], { value: "grouped" }),
        onnxNode("InstanceNormalization", ["grouped", "ones", "zeros"], {
          value: "normalized",
          attributes: { epsilon: { float: epsilon } },
        }),
        onnxNode("Reshape", ["normalized", "sample"], { value: "joined" }),
        ...(scale ? [reshaped("gamma"), onnxNode("Mul", ["joined", "gammas"], { value: "scaled" })] : []),
        ...(shift ? [reshaped("beta"), onnxNode("Add", [scale ? "scaled" : "joined", "betas"])] : []),
      ],
      constants: {
        groups: onnxShape([numGroups, elementsOf(input) / numGroups]),
        sample: onnxShape(input),
        ones: onnxFilled([numGroups], 1),
        zeros: onnxFilled([numGroups], 0),
        ...((scale || shift) && { perChannel: { shape: [perChannel.length], values: perChannel, whole: true } }),
      },
    };
  },
  lower: (settings, inputs) => {
    const { epsilon, scale, shift } = settings;
    return {
      op: "groupNorm",
      groups: numGroupsOf(settings, inputs[0]?.[0] ?? 0),
      epsilon,
      scale,
      shift,
      perPlace: false,
    };
  },
});
