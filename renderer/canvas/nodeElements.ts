/** The elements of canvas items on the page, by their ids. Looking for many of them one by one would pass all of them each time. */
export const nodeElements = (root: Element | null, ids: readonly string[]): ReadonlyMap<string, HTMLElement> => {
  const [only, ...others] = ids;
  if (root === null || only === undefined) return new Map();
  const selector = others.length === 0 ? `.react-flow__node[data-id="${CSS.escape(only)}"]` : ".react-flow__node";
  const wanted = new Set(ids);
  const found = new Map<string, HTMLElement>();
  for (const element of root.querySelectorAll<HTMLElement>(selector)) {
    const { id } = element.dataset;
    if (id !== undefined && wanted.has(id)) found.set(id, element);
  }
  return found;
};
