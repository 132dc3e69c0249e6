/** A bar with the least and the most of all rounds. */
export interface Bar {
  title: string
  value: number
  least: number
  most: number
  /** Ours, which is to be found at once. */
  own: boolean
}

const width = 760
const left = 250
const right = 90
const rowHeight = 26
const top = 46

/** Horizontal bars, the longest first; drawn so that it can be read on a light page and on a dark one. */
export function chartOf(title: string, unit: string, bars: readonly Bar[]): string {
  const sorted = bars.toSorted((a, b) => b.value - a.value)
  const most = Math.max(1, ...sorted.map((bar) => bar.most))
  const x = (value: number) => Math.round(left + (value / most) * (width - left - right))
  const height = top + sorted.length * rowHeight + 12
  const rows = sorted.map((bar, i) => rowOf(bar, top + i * rowHeight, x))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600 }
  .unit, .value { fill: #57606a }
  .peer { fill: #8c959f }
  .own { fill: #0969da }
  .range { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .unit, .value { fill: #9da7b3 }
    .peer { fill: #6e7681 }
    .own { fill: #4493f8 }
    .range { stroke: #e6edf3 }
  }
</style>
<text class="head" x="10" y="20">${escaped(title)}</text>
<text class="unit" x="10" y="37">${escaped(unit)}</text>
${rows.join('\n')}
</svg>
`
}

function rowOf({ title, value, least, most, own }: Bar, y: number, x: (value: number) => number): string {
  const middle = y + rowHeight / 2
  const from = x(least)
  const to = x(most)
  return [
    `<text x="${left - 10}" y="${middle + 4}" text-anchor="end">${escaped(title)}</text>`,
    `<rect class="${own ? 'own' : 'peer'}" x="${left}" y="${y + 4}" width="${x(value) - left}" height="${rowHeight - 8}" rx="2"/>`,
    `<path class="range" d="M${from} ${middle - 5}v10M${from} ${middle}H${to}M${to} ${middle - 5}v10"/>`,
    `<text class="value" x="${Math.max(to, x(value)) + 8}" y="${middle + 4}">${thousands(value)}</text>`,
  ].join('')
}

const thousands = (value: number) => `${(value / 1_000).toFixed(1)} k`

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
