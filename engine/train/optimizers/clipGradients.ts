/**
 * What every gradient is multiplied by so that their L2 norm together is at most `clipNorm`: min(1, c / ‖g‖). Before weight decay.
 * Pascanu, Mikolov & Bengio, *On the difficulty of training recurrent neural networks* (2013), algorithm 1.
 */
export const clipScale = (gradients: Iterable<Float64Array>, clipNorm: number | null): number => {
  if (clipNorm === null) return 1;
  let total = 0;
  for (const gradient of gradients) for (const g of gradient) total += g * g;
  const norm = Math.sqrt(total);
  return norm > clipNorm ? clipNorm / norm : 1;
};
