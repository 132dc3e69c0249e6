import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'

const colours = ['#74c0fc', '#ffa94d']
const heightPx = 44

/** A small chart of the last minutes: one line, or two of which the second is dashed. null is a gap. */
export function Spark(props: {
  label: string
  atS: readonly number[]
  lines: readonly (readonly (number | null)[])[]
}) {
  const { label, atS, lines } = props
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const count = lines.length
  useEffect(() => {
    const { current } = box
    if (!current) return
    const plot = new uPlot(optionsOf(count, current.clientWidth), [], current)
    chart.current = plot
    const watch = new ResizeObserver(() => plot.setSize({ width: current.clientWidth, height: heightPx }))
    watch.observe(current)
    return () => {
      watch.disconnect()
      plot.destroy()
    }
  }, [count])
  useEffect(() => {
    chart.current?.setData([[...atS], ...lines.map((line) => [...line])])
  }, [atS, lines])
  return <div ref={box} className="spark" role="img" aria-label={label} />
}

function optionsOf(count: number, width: number): uPlot.Options {
  return {
    width: Math.max(1, width),
    height: heightPx,
    padding: [3, 0, 2, 0],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    // From zero on, so that a ripple does not look like a wave.
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(max, Number.EPSILON) * 1.15] } },
    series: [
      {},
      ...colours.slice(0, count).map((stroke, i) => ({
        stroke,
        width: 1.5,
        points: { show: false },
        ...(i === 0 && count === 1 && { fill: `${stroke}22` }),
        ...(i === 1 && { dash: [4, 3] }),
      })),
    ],
  }
}
