import { changedTraining, type LayerscopeDocument, type TrainingChange } from "../../engine/index.ts";

const trainedPart = (document: LayerscopeDocument): string =>
  JSON.stringify([
    document.nodes.map(({ id, kind, params, bypassed }) => [id, kind, params, bypassed]),
    document.edges.map(({ from, to }) => [from, to]),
    document.groups.flatMap(({ nodeIds, repeat }) => (repeat === undefined ? [] : [[nodeIds, repeat]])),
    document.dataset,
    document.training,
  ]);

let last: { readonly a: LayerscopeDocument; readonly b: LayerscopeDocument; readonly same: boolean } | null = null;

/** Whether two documents train alike: positions, names and notes make no difference. */
export const sameTraining = (a: LayerscopeDocument, b: LayerscopeDocument): boolean => {
  if (a === b) return true;
  // Selectors ask again and again about the same pair.
  if (last && last.a === a && last.b === b) return last.same;
  const alike =
    a.nodes === b.nodes &&
    a.edges === b.edges &&
    a.groups === b.groups &&
    a.dataset === b.dataset &&
    a.training === b.training
      ? true
      : trainedPart(a) === trainedPart(b);
  last = { a, b, same: alike };
  return alike;
};

/** The settings that a run can take over, if nothing but those differs from what it trains; else null. */
export const applicableChange = (trains: LayerscopeDocument, document: LayerscopeDocument): TrainingChange | null => {
  const change = changedTraining(trains.training, document.training);
  if (change === null) return null;
  return sameTraining({ ...trains, training: { ...trains.training, ...change } }, document) ? change : null;
};
