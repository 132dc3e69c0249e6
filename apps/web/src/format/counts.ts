/** 12345 as `1.2万`, 234567890 as `2.3亿`: how the audience reads large numbers. */
export function shortCount(count: number): string {
  if (count >= 100_000_000) return `${trim(count / 100_000_000)}亿`
  if (count >= 10_000) return `${trim(count / 10_000)}万`
  return count.toLocaleString('en-US')
}

const trim = (value: number) => (value >= 100 ? String(Math.floor(value)) : String(Math.floor(value * 10) / 10))
