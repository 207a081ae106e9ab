/**
 * float32 values as bytes, little-endian on every machine. Both ways through integers or bytes: reading a signalling NaN as a float may set
 * its quiet bit.
 */
const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** The memory of the values itself where it lies in that order, as on nearly all machines: for as long as they stay as they are. */
export const bytesOfFloats = (values: Float32Array): Uint8Array => {
  if (IS_LITTLE_ENDIAN) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bytes = new Uint8Array(values.length * 4);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < bits.length; i++) view.setUint32(4 * i, bits[i] as number, true);
  return bytes;
};

/** The other way, a copy; the number of bytes is a multiple of 4. */
export const floatsOfBytes = (bytes: Uint8Array): Float32Array => {
  const bits = new Uint32Array(bytes.length / 4);
  if (IS_LITTLE_ENDIAN) {
    // Not `slice`: of Node's buffers that is a view.
    new Uint8Array(bits.buffer).set(bytes);
    return new Float32Array(bits.buffer);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < bits.length; i++) bits[i] = view.getUint32(4 * i, true);
  return new Float32Array(bits.buffer);
};
