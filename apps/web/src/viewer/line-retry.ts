/**
 * How long to wait before the next line is tried: not at all while there are lines that have not failed yet, then
 * doubling to 16 s. Half of it is chance, so that a crowd whose stream broke does not come back in step.
 */
export function retryMs(failures: number, lines: number, chance: number): number {
  if (failures < lines) return 0
  const mostMs = Math.min(16_000, 1000 * 2 ** (failures - lines))
  return mostMs / 2 + (mostMs / 2) * chance
}
