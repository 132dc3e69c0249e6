import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogueFigures } from './http/catalogue.js'
import { chartOf } from './http/chart.js'
import { startContenders } from './http/contenders.js'
import type { Ending } from './http/ending.js'
import { barsOf, capacityOf, figuresOf } from './http/figures.js'
import { latencyFigures } from './http/latency-figures.js'
import type { HttpOptions } from './http/options.js'
import { root, startRig } from './http/rig.js'
import { measureInRounds } from './http/rounds.js'
import { tracingFigures } from './http/tracing.js'
import type { Figure } from './report.js'

/**
 * What an answer from memory costs: ours through access as it is deployed, beside bare node:http, Fastify, Nest, nginx; one document,
 * the same bytes, every server alone on its core while it is asked from the other one.
 */
export async function httpBench(
  { contenders: names, parts, rounds, chart }: HttpOptions,
  ending: Ending,
  say: (line: string) => void,
) {
  const rig = await startRig(ending, say)
  const figures: Figure[] = []
  if (names.length > 0) {
    const contenders = await startContenders(names, rig)
    say(`${contenders.length} contenders answer the same ${rig.document.body.length} characters`)
    const all = await measureInRounds(contenders, rounds, rig, say)
    figures.push(...figuresOf(all))
    if (chart) {
      const drawn = chartOf(
        'A hot document of 1.2 KB, kept-alive connections',
        'answers per CPU-second of the server',
        barsOf(all),
      )
      writeFileSync(join(root, 'docs/numbers-http.svg'), drawn)
    }
    if (parts.includes('latency')) figures.push(...(await latencyFigures(rig, capacityOf(all), say)))
  }
  if (parts.includes('tracing')) figures.push(...(await tracingFigures(rig, rounds, say)))
  if (parts.includes('catalogue')) figures.push(...(await catalogueFigures(rig, say)))
  return figures
}
