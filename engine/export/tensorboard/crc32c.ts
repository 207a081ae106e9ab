/** CRC-32C (Castagnoli; RFC 3720, appendix B.4): reflected polynomial 0x82f63b78, begun with and finally xored by all ones. */

const POLYNOMIAL = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0);
  return remainder >>> 0;
});

export const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffff_ffff) >>> 0;
};

const MASK_DELTA = 0xa282_ead8;

/** As records hold it, so that a CRC of bytes with CRCs in them says something: rotated right by 15 bits, plus a constant. */
export const maskedCrc32c = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
};
