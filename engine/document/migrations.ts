/**
 * Steps from one version of the document format to the next: `migrations[n]` takes a document of version n + 1 to n + 2. A change of
 * the schema that old files do not satisfy adds an entry here, raises DOCUMENT_VERSION and freezes a file of the old version in
 * test/engine/document/golden.
 */
export type Migration = (document: Readonly<Record<string, unknown>>) => Record<string, unknown>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The training settings learn a schedule, warm-up, clipping, early stopping, validation and augmentation; an old run had none of them. */
const toVersion2: Migration = (document) => ({
  ...document,
  version: 2,
  ...(isRecord(document.training)
    ? {
        training: {
          ...document.training,
          schedule: { name: "constant" },
          warmupEpochs: 0,
          clipNorm: null,
          earlyStopping: null,
          validation: null,
          augmentation: null,
        },
      }
    : {}),
});

/** Groups and notes on the canvas; an old document had none of them. */
const toVersion3: Migration = (document) => ({ ...document, version: 3, groups: [], canvasNotes: [] });

export const migrations: readonly Migration[] = [toVersion2, toVersion3];

/** Brings a document of an older version to the newest one. `version` is a whole number, 1 or more, and not too new. */
export const migrate = (
  document: Readonly<Record<string, unknown>>,
  version: number,
): Readonly<Record<string, unknown>> =>
  migrations.slice(version - 1).reduce((migrated, step) => step(migrated), document);
