/** Where FNV-1a of 32 bits begins. Source: Fowler, Noll and Vo, FNV hash. */
export const fnvBasis = 0x811c9dc5
const prime = 0x01000193

/**
 * FNV-1a, 32 bits, over UTF-16 units (those before `end`): the same text gives the same number in every process and release.
 * `basis` goes on from another text, or makes a hash of one's own. Its low bits are mixed badly: mix them before taking a part.
 */
export function fnv1a(text: string, basis: number = fnvBasis, end: number = text.length): number {
  let hash = basis
  for (let i = 0; i < text.length && i < end; i++) hash = Math.imul(hash ^ text.charCodeAt(i), prime)
  return hash >>> 0
}
