/**
 * The elements of canvas items on the page, by their ids. Looking for many of them one by one would pass all of them each time; what was found once is
 * found again at once.
 */
const known = new WeakMap<Element, Map<string, HTMLElement>>();

/** Still on the page, for the very item. */
const isThere = (element: HTMLElement | undefined, id: string): element is HTMLElement =>
  element?.isConnected === true && element.getAttribute("data-id") === id;

const passAll = (root: Element): Map<string, HTMLElement> => {
  const all = new Map<string, HTMLElement>();
  // Without what is in them: that is a dozen times as many.
  for (let at = root.querySelector(".react-flow__node"); at !== null; at = at.nextElementSibling) {
    const id = at.getAttribute("data-id");
    if (id !== null && at instanceof HTMLElement) all.set(id, at);
  }
  known.set(root, all);
  return all;
};

export const nodeElements = (root: Element | null, ids: readonly string[]): ReadonlyMap<string, HTMLElement> => {
  if (root === null || ids.length === 0) return new Map();
  let all = known.get(root);
  if (all === undefined || !ids.every((id) => isThere(all?.get(id), id))) all = passAll(root);
  const found = new Map<string, HTMLElement>();
  for (const id of ids) {
    const element = all.get(id);
    if (element !== undefined) found.set(id, element);
  }
  return found;
};
