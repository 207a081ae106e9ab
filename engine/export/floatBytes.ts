/**
 * float32 values as bytes, little-endian on every machine. Both ways through integers: reading a signalling NaN as a float may set its
 * quiet bit.
 */

export const bytesOfFloats = (values: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bits.length; i++) view.setUint32(4 * i, bits[i] as number, true);
  return bytes;
};

/** The other way; the number of bytes is a multiple of 4. */
export const floatsOfBytes = (bytes: Uint8Array): Float32Array => {
  const bits = new Uint32Array(bytes.length / 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < bits.length; i++) bits[i] = view.getUint32(4 * i, true);
  return new Float32Array(bits.buffer);
};
