/** IDX files for tests. */

/** An IDX file of unsigned bytes with these extents; zeros unless its content is given. */
export const idxFile = (extents: readonly number[], content?: readonly number[] | Uint8Array): Uint8Array => {
  const bytes = content ?? new Uint8Array(extents.reduce((product, extent) => product * extent, 1));
  const file = new Uint8Array(4 + 4 * extents.length + bytes.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x0800 + extents.length);
  extents.forEach((extent, axis) => {
    view.setUint32(4 + 4 * axis, extent);
  });
  file.set(bytes, 4 + 4 * extents.length);
  return file;
};
