import { join, resolve } from 'node:path'
import { until } from '@gala/platform'
import { type Case, groundOf } from './alerts/case.js'
import { cases } from './alerts/cases.js'
import { Prometheus } from './alerts/prometheus.js'
import { Surroundings } from './alerts/surroundings.js'
import { pause } from './faults.js'
import { atMost, type Figure } from './report.js'
import type { Drill, Rig } from './rig.js'

/** A minute of the rules is four seconds here. */
const times = 15
const firesWithinMs = 90_000
const resolvesWithinMs = 240_000
/** Twice a second: ten seconds of a platform that has begun, and ten more that count. */
const quietLooksMin = 20
const alertsDir = join(resolve(import.meta.dirname, '../../..'), 'deploy/alerts')

const around = new Surroundings()

export const alertsDrill: Drill = {
  about: 'breaks one part after the other until a real Prometheus raises each alert, and mends it until it is over',
  sizes: {},
  parts: cases.map(({ name }) => name),
  envOf: async (given) => ({
    ...(await around.open(given)),
    // Keeps every trace for a collector that is not there.
    'dc-b.access-1': { GALA_TRACE_ONE_IN: '1', GALA_OTLP_URL: 'http://127.0.0.1:9/v1/traces' },
    // Has little room for lines that nobody takes.
    'dc-b.pipeline-1': { GALA_EDGE_LOG_BYTES: '65536', GALA_LINES_BYTES_MAX: '1048576' },
  }),
  run: alerts,
}

async function alerts(rig: Rig, say: (line: string) => void): Promise<Figure[]> {
  const ground = await groundOf(rig, around)
  const prometheus = await Prometheus.start(
    join(rig.stateDir, 'prometheus'),
    around.prometheusPort,
    alertsDir,
    rig.status,
    times,
  )
  try {
    const known = await prometheus.known()
    const fired = new Set(cases.flatMap((one) => one.alerts))
    const unnamed = known.filter((name) => !fired.has(name))
    let firing: ReadonlySet<string> = new Set()
    let quietLooks = 0
    const settled = async () => {
      firing = await prometheus.firing()
      quietLooks = firing.size === 0 ? quietLooks + 1 : 0
      return quietLooks >= quietLooksMin
    }
    await until(settled, () => `fires in health: ${[...firing].join(', ')}`, resolvesWithinMs, 500)
    const inHealth = new Set<string>()
    for (let i = 0; i < quietLooksMin; i++) {
      for (const name of await prometheus.firing()) inHealth.add(name)
      await pause(500)
    }
    if (inHealth.size > 0) say(`fires in health: ${[...inHealth].join(', ')}`)
    const figures = [
      atMost('alerts that fire in health', inHealth.size, '', 0),
      atMost('alerts without a drill', unnamed.length, '', 0),
    ]
    for (const one of cases.filter(({ name }) => rig.only.includes(name))) {
      figures.push(...(await fire(one)))
      await rig.client.healed()
    }
    return figures
  } finally {
    await prometheus.stop()
  }

  async function fire({ what, alerts: wanted, ...one }: Case): Promise<Figure[]> {
    say(what)
    const mend = await one.break(ground)
    const brokenMs = performance.now()
    const figures: Figure[] = []
    const waiting = new Set(wanted)
    while (waiting.size > 0 && performance.now() - brokenMs < firesWithinMs) {
      for (const name of await prometheus.firing()) {
        if (!waiting.delete(name)) continue
        figures.push(atMost(`${name} fires`, performance.now() - brokenMs, 'ms', firesWithinMs))
      }
      await pause(250)
    }
    for (const name of waiting) figures.push(atMost(`${name} fires`, Number.POSITIVE_INFINITY, 'ms', firesWithinMs))
    await mend()
    const mendedMs = performance.now()
    say(`${figures.length - waiting.size} of ${wanted.length} have fired; mended`)
    const over = async () => {
      const firing = await prometheus.firing()
      return !wanted.some((name) => firing.has(name))
    }
    await until(over, `${wanted.join(', ')}: not over`, resolvesWithinMs, 250)
    return [
      ...figures,
      atMost(`over again: ${wanted.join(', ')}`, performance.now() - mendedMs, 'ms', resolvesWithinMs),
    ]
  }
}
