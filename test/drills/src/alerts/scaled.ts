const windowOf = /\[((?:\d+h)?(?:\d+m)?(?:\d+s)?)\]/g
const waitOf = /^(\s+for: )(\S+)$/gm
const everyOf = /^(\s+interval: )(\S+)$/gm

/** A window has to hold some scrapes, or there is no rate in it. */
const windowLeastS = 8

/** The same rules on a clock that runs so many times as fast: shorter windows and waits, equal thresholds. */
export function scaled(rules: string, times: number): string {
  return rules
    .replace(windowOf, (_, text: string) => `[${Math.max(windowLeastS, Math.round(secondsOf(text) / times))}s]`)
    .replace(waitOf, (_, head: string, text: string) => `${head}${Math.max(1, Math.round(secondsOf(text) / times))}s`)
    .replace(everyOf, (_, head: string) => `${head}1s`)
}

function secondsOf(text: string): number {
  const units: Record<string, number> = { h: 3_600, m: 60, s: 1 }
  return [...text.matchAll(/(\d+)([hms])/g)].reduce((sum, [, n, unit = 's']) => sum + Number(n) * (units[unit] ?? 1), 0)
}
