/** How a net's weights start in PyTorch: the document's distributions in the words of `nn.init`. */
import { elementsOf, type Initializer, type WeightSpec } from "../layer.ts";

/** A weight, what it is called in its module, and the module: `self.conv1`, an `nn.Conv2d`. */
export interface TorchWeight {
  readonly spec: WeightSpec;
  readonly module: string;
  readonly className: string;
  readonly tensor: string;
  /** PyTorch's own start where that is a constant. */
  readonly ownStart: number | null;
}

/** Every module of these classes starts so, but for those that have a line of their own. */
interface Rule {
  readonly classNames: readonly string[];
  readonly weights: readonly TorchWeight[];
}

const constantLine = (name: string, value: number): string =>
  value === 0 ? `nn.init.zeros_(${name})` : `nn.init.constant_(${name}, ${value})`;

/**
 * PyTorch counts fans by the tensor's shape: of a convolution in groups, inputs of one group and outputs of all. Layerscope counts both of
 * one group. Glorot's variance is 2 / (fan in + fan out), which a gain puts right.
 */
const glorotLine = (call: string, name: string, { shape, fanIn, fanOut }: WeightSpec): string => {
  const [out = 1, into = 1, ...kernel] = shape;
  const area = elementsOf(kernel);
  if (fanIn === into * area && fanOut === out * area) return `${call}(${name})`;
  const gain = `((${into} + ${out}) / (${fanIn / area} + ${fanOut / area})) ** 0.5`;
  return `${call}(${name}, gain=${gain})  # fan out of a group`;
};

/** The same mean, variance and bounds as `engine/train/initializers.ts` draws with. */
const drawnLine = (name: string, initializer: Initializer, spec: WeightSpec): string => {
  switch (initializer.name) {
    case "heNormal":
      return `nn.init.kaiming_normal_(${name}, nonlinearity="relu")`;
    case "heUniform":
      return `nn.init.kaiming_uniform_(${name}, nonlinearity="relu")`;
    case "lecunNormal":
      return `nn.init.kaiming_normal_(${name}, nonlinearity="linear")`;
    case "lecunUniform":
      return `nn.init.kaiming_uniform_(${name}, nonlinearity="linear")`;
    case "xavierNormal":
      return glorotLine("nn.init.xavier_normal_", name, spec);
    case "xavierUniform":
      return glorotLine("nn.init.xavier_uniform_", name, spec);
    case "normal":
      return `nn.init.normal_(${name}, std=${initializer.std})`;
    case "uniform":
      return `nn.init.uniform_(${name}, -${initializer.limit}, ${initializer.limit})`;
    case "zeros":
      return constantLine(name, 0);
  }
};

const startLine = ({ spec, tensor }: TorchWeight, module: string, documentInitializer: Initializer): string => {
  const { initializer } = spec;
  const name = `${module}.${tensor}`;
  if (initializer.name === "constant") return constantLine(name, initializer.value);
  return drawnLine(name, initializer.name === "document" ? documentInitializer : initializer, spec);
};

/** The lines that start a module called so. */
const linesOf = (weights: readonly TorchWeight[], module: string, documentInitializer: Initializer): string =>
  weights.map((weight) => startLine(weight, module, documentInitializer)).join("\n");

/** What most modules with random weights have in common, if several have it. */
const commonRule = (modules: readonly (readonly TorchWeight[])[], documentInitializer: Initializer): Rule | null => {
  const byStart = new Map<string, (readonly TorchWeight[])[]>();
  for (const weights of modules) {
    const drawn = weights.filter(({ spec }) => spec.initializer.name !== "constant");
    if (drawn.length === 0) continue;
    const start = linesOf(drawn, "module", documentInitializer);
    byStart.set(start, [...(byStart.get(start) ?? []), weights]);
  }
  const alike = [...byStart.values()].reduce((most, each) => (each.length > most.length ? each : most), []);
  if (alike.length < 2) return null;
  const classNames = [...new Set(alike.flat().map(({ className }) => className))].sort();
  // With the bias, which not every module has.
  const weights = [...new Map(alike.flat().map((weight) => [weight.tensor, weight])).values()];
  return { classNames, weights };
};

/** Of a rule: the loop over modules, of `module.weight` and `module.bias`. */
const ruleLines = (
  { classNames, weights }: Rule,
  modules: readonly (readonly TorchWeight[])[],
  documentInitializer: Initializer,
): readonly string[] => {
  const of = classNames.length === 1 ? classNames[0] : `(${classNames.join(", ")})`;
  const governed = modules.filter(([first]) => first !== undefined && classNames.includes(first.className));
  return [
    "for module in self.modules():",
    `    if isinstance(module, ${of}):`,
    ...weights.flatMap((weight) => {
      const line = startLine(weight, "module", documentInitializer);
      const isEverywhere = governed.every((own) => own.some(({ tensor }) => tensor === weight.tensor));
      return isEverywhere
        ? [`        ${line}`]
        : [`        if module.${weight.tensor} is not None:`, `            ${line}`];
    }),
  ];
};

/** Lines of Python after which every weight has its start; none where PyTorch's own is the document's. */
export const torchStart = (
  modules: readonly (readonly TorchWeight[])[],
  documentInitializer: Initializer,
): readonly string[] => {
  const rule = commonRule(modules, documentInitializer);
  const ruled = (weight: TorchWeight): string | null => {
    const common = rule?.classNames.includes(weight.className)
      ? rule.weights.find(({ tensor }) => tensor === weight.tensor)
      : undefined;
    return common === undefined ? null : startLine(common, weight.module, documentInitializer);
  };
  const own = modules.flat().flatMap((weight) => {
    const { initializer } = weight.spec;
    if (initializer.name === "constant" && initializer.value === weight.ownStart) return [];
    const line = startLine(weight, weight.module, documentInitializer);
    return line === ruled(weight) ? [] : [line];
  });
  return [...(rule === null ? [] : ruleLines(rule, modules, documentInitializer)), ...own];
};
