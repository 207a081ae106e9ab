/** The elements of canvas items on the page, by their ids. Looking for many of them one by one would pass all of them each time. */
export const nodeElements = (root: Element | null, ids: readonly string[]): ReadonlyMap<string, HTMLElement> => {
  const [only, ...others] = ids;
  if (root === null || only === undefined) return new Map();
  const found = new Map<string, HTMLElement>();
  if (others.length === 0) {
    const element = root.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(only)}"]`);
    return element === null ? found : found.set(only, element);
  }
  const wanted = new Set(ids);
  // Without what is in them: that is a dozen times as many.
  for (let at = root.querySelector(".react-flow__node"); at !== null; at = at.nextElementSibling) {
    const id = at.getAttribute("data-id");
    if (id !== null && wanted.has(id) && at instanceof HTMLElement) found.set(id, at);
  }
  return found;
};
