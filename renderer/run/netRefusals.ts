/** Why the net of the run on screen can't be exported or asked; null: it can. */
interface NetOfRun {
  /** Its trainer has the net. */
  readonly canExport: boolean;
  /** It was opened from disk. */
  readonly reopened: { readonly hasModel: boolean } | null;
}

const NO_NET = "This run was opened from disk, and its net was not kept.";

export const exportRefusal = ({ canExport, reopened }: NetOfRun): string | null => {
  if (canExport || reopened?.hasModel) return null;
  return reopened === null ? "There is no trained net to export. Train first." : `${NO_NET} Train it anew to export.`;
};

export const askRefusal = ({ canExport, reopened }: NetOfRun): string | null => {
  if (canExport || reopened?.hasModel) return null;
  return reopened === null ? "There is no trained net to ask. Train first." : `${NO_NET} Train it anew to ask.`;
};
