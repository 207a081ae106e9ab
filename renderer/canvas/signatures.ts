/** Which nodes of two documents are the same, with all that feeds them. Pure. */
import { type DocumentNode, expand, type LayerscopeDocument, layerOf } from "../../engine/index.ts";
import { edgesByNode } from "./edgesByNode.ts";

/** Key order does not make a difference. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Documents are never changed in place: what stays in an edit is the same object, of which the text is known. */
const canonicalParams = new WeakMap<DocumentNode["params"], string>();

const paramsText = (params: DocumentNode["params"]): string => {
  const known = canonicalParams.get(params);
  if (known !== undefined) return known;
  const text = canonical(params);
  canonicalParams.set(params, text);
  return text;
};

/** A run's document is compared with at every edit. */
const knownSignatures = new WeakMap<LayerscopeDocument, ReadonlyMap<string, string>>();

/**
 * For each node a text that is equal in two documents exactly when the node and everything that feeds it are, the samples included: what it measures
 * is then the same quantity. Names and positions make no difference.
 */
export const signatures = (drawn: LayerscopeDocument): ReadonlyMap<string, string> => {
  const known = knownSignatures.get(drawn);
  if (known !== undefined) return known;
  const made = signaturesOf(expand(drawn).document);
  knownSignatures.set(drawn, made);
  return made;
};

/** Of a node as it is, by what feeds it: after an edit most nodes are fed as they were. */
const signedBefore = new WeakMap<DocumentNode, { readonly fedBy: string; readonly signature: string }>();

const signaturesOf = (document: LayerscopeDocument): ReadonlyMap<string, string> => {
  const done = new Map<string, string>();
  const nodes = new Map(document.nodes.map((node) => [node.id, node]));
  const edges = document.edges.filter((edge) => nodes.has(edge.from.node) && nodes.has(edge.to.node));
  const { arriving: feeding, leaving: fed } = edgesByNode(edges);
  // What enters the net, where no node does.
  const samples = canonical([document.dataset, document.training.augmentation]);
  const missing = new Map([...nodes.keys()].map((nodeId) => [nodeId, feeding.get(nodeId)?.length ?? 0]));
  const sign = (node: DocumentNode): void => {
    const inputs = (feeding.get(node.id) ?? []).map(
      ({ from, to }) => `${to.port}=${from.port}@${done.get(from.node) ?? "cycle"}`,
    );
    // Of several edges into one port, the order counts.
    if (layerOf(node.kind)?.leastEdges === undefined) inputs.sort();
    const fedBy = layerOf(node.kind)?.inputs.length === 0 ? samples : inputs.join("|");
    const before = signedBefore.get(node);
    // Hashed: spelled out, the signatures of a deep net would grow with the square of its depth.
    const signature =
      before?.fedBy === fedBy ? before.signature : hash(`${node.kind}|${paramsText(node.params)}|${fedBy}`);
    if (before?.signature !== signature) signedBefore.set(node, { fedBy, signature });
    done.set(node.id, signature);
  };
  const ready = [...nodes.values()].filter((node) => missing.get(node.id) === 0);
  for (let node = ready.pop(); node !== undefined; node = ready.pop()) {
    sign(node);
    for (const { to } of fed.get(node.id) ?? []) {
      const left = (missing.get(to.node) ?? 0) - 1;
      missing.set(to.node, left);
      const target = nodes.get(to.node);
      if (left === 0 && target !== undefined) ready.push(target);
    }
  }
  for (const node of nodes.values()) if (!done.has(node.id)) sign(node);
  return done;
};

/** Two 32-bit FNV-1a hashes with different starts: equal for different texts about once in 10¹⁹. */
const hash = (text: string): string => {
  let [a, b] = [0x811c9dc5, 0x01234567];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) ^ (b >>> 13);
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`;
};
