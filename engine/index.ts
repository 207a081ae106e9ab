/**
 * Door 1: documents, kinds and compilation, and how frames and trained nets are read. Pure and cheap; the page calls it directly.
 * What trains (weights, kernels, sessions) is not here.
 */
export { type CompileOptions, compile } from "./compile/compile.ts";
export type {
  Compiled,
  Diagnostic,
  NodeFacts,
  Program,
  ProgramLayer,
  Totals,
} from "./compile/compiled.ts";
export { type DiagnosticKind, diagnosticKinds } from "./compile/diagnostics.ts";
export { bypassProblem, expand, repeatProblem } from "./compile/expand.ts";
export { learnMemoryPlans, type MemoryPlans, takeMemoryPlans } from "./compile/memory.ts";
export { SMALL_STEP_WORK, workPerSample } from "./compile/work.ts";
export {
  applyCommands,
  COMPACT_NODE_HEIGHT,
  describeCommandError,
  freeNodeId,
  isCompact,
  NODE_HEIGHT,
  NODE_WIDTH,
  nodeHeight,
} from "./document/applyCommands.ts";
export type { Command, CommandError } from "./document/commands.ts";
export { datasetPath, datasetTitle, mapDatasetPaths } from "./document/datasetReference.ts";
export { defaultParams, newDocument } from "./document/defaults.ts";
export { describeFirstIssue, describeIssue, type FoundProblem } from "./document/describeIssue.ts";
export {
  FRAGMENT_FORMAT,
  type Fragment,
  fragmentOf,
  type PlacedFragment,
  parseFragment,
  placeFragment,
  serializeFragment,
} from "./document/fragment.ts";
export { groupOf } from "./document/groupCommands.ts";
export { initializerNames, initializers } from "./document/initializers.ts";
export { describeJsonError } from "./document/locateJsonError.ts";
export {
  type OptimizerName,
  type OptimizerSettings,
  optimizerNames,
  optimizerSchema,
  optimizers,
  rateInPlaceOf,
} from "./document/optimizers.ts";
export { describeParseError, type ParseError, parse } from "./document/parse.ts";
export { type Schedule, scheduleFactor, scheduleNames, scheduleSchema, schedules } from "./document/schedule.ts";
export {
  type CanvasColor,
  type CanvasNote,
  type DatasetReference,
  DOCUMENT_FORMAT,
  DOCUMENT_VERSION,
  type DocumentEdge,
  type DocumentNode,
  datasetReferenceSchema,
  earlyStoppingSchema,
  edgeId,
  type Group,
  type LayerscopeDocument,
  MAX_DOCUMENT_BYTES,
  MAX_REPEAT,
  type PortReference,
  type Position,
  type TrainingSettings,
  trainingSchema,
} from "./document/schema.ts";
export { serialize } from "./document/serialize.ts";
export { type Template, type TemplateSite, templates } from "./document/templates.ts";
export { changedTraining, type TrainingChange } from "./document/trainingChange.ts";
export {
  compareDocuments,
  type DifferingSetting,
  type DocumentDifference,
  describeValue,
  differingSettings,
} from "./experiments/compareDocuments.ts";
export { expandStudy, type StudyRun } from "./experiments/expandStudy.ts";
export { type RateRange, type RateStep, rateRange } from "./experiments/rateRange.ts";
export {
  type MeasuredEpoch,
  type MetricName,
  measuresOf,
  metricNames,
  metrics,
  type RunMeasures,
} from "./experiments/runMeasures.ts";
export { shortenNumbers } from "./experiments/shortNumbers.ts";
export { activationKinds, parseStudy, type Study, type StudyAxis, type ValueRange } from "./experiments/study.ts";
export { type AxisValue, axisTitle, axisValueName } from "./experiments/studyAxes.ts";
export { type StudyTemplate, studyTemplates } from "./experiments/studyTemplates.ts";
export {
  bestRun,
  type CombinationSummary,
  combinationKey,
  type MeasuredRun,
  type Spread,
  spreadOf,
  summarizeRuns,
} from "./experiments/summarize.ts";
export { loadModel, type Model, type ModelError } from "./export/modelFile.ts";
export { isModelText, MAX_MODEL_BYTES, MAX_OPENED_MODEL_BYTES, MODEL_HEAD_BYTES } from "./export/modelSchema.ts";
export { type LayerWeights, netWeights, type TensorWeights } from "./export/netWeights.ts";
export { onnxModel } from "./export/onnxModel.ts";
export { describeAnew, type LayerAnew, type LayerFit, layerFit, type StartedFrom } from "./export/startingNet.ts";
export { torchCode, torchFileName } from "./export/torchCode.ts";
export {
  type AnyLayer,
  counted,
  type DatasetFacts,
  elementsOf,
  type Family,
  formatShape,
  type Initializer,
  type InputScaling,
  initializerSchema,
  type ParamMeta,
  type ParamValue,
  pluralOf,
  type Shape,
} from "./layer.ts";
export { layerOf, layers } from "./registry.ts";
export { err, messageOf, ok, type Result } from "./result.ts";
export { decodeFrameFile, MAX_RECORDED_FRAMES, type RecordedFrames } from "./telemetry/frameFile.ts";
export { decodeFrame, type FrameProblem, openFrame } from "./telemetry/frameLayout.ts";
export { type HealthFinding, HealthWatch } from "./telemetry/health.ts";
export { type HealthFix, healthFixes, insertNormAtAll, insertNormThroughout } from "./telemetry/healthFixes.ts";
export { healthNet } from "./telemetry/healthNet.ts";
export { type HealthRule, healthRule, healthRules, healthThresholds } from "./telemetry/healthRules.ts";
export { type ModeGap, modeGap } from "./telemetry/modeGap.ts";
export {
  type BatchNormStatistics,
  CHANNEL_BINS,
  type Frame,
  type GradientMoments,
  type Histogram,
  LOWEST_EXPONENT,
  MAX_NORM_CHANNELS,
  type NodeStatistics,
  type UpdateRatioDefinition,
  updateRatio,
  VALUE_BINS,
  type WeightGradient,
  type WeightStatistics,
  type WeightUpdate,
} from "./telemetry/statistics.ts";
export { ENGINE_VERSION } from "./version.ts";
