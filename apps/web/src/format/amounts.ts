const units = ['B', 'kB', 'MB', 'GB']

/** 12,345,678 as `12.3 MB`. */
export function bytes(count: number): string {
  const power = Math.min(units.length - 1, count < 1000 ? 0 : Math.floor(Math.log10(count) / 3))
  const value = count / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`
}

/** A part of a whole as `97.3 %`, or a dash when there is no whole. Only what is all of it is shown as 100 %. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '–'
  if (part === whole) return '100 %'
  return `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`
}

/** 1234567 as `1,234,567`. */
export const whole = (count: number): string => count.toLocaleString('en-US')

/** A duration for people who look after machines: `120 ms`, `1.4 s`, `12 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.round(ms / 60_000)} min`
}
