import { type opsApi, type Plan, type RouteReply, rungs, type SavingsFile } from '@gala/contracts'
import { losesOf, predicted } from './planner.js'

type Preview = RouteReply<typeof opsApi.switches.preview>

/**
 * What changes save, in a thousand requests of the data centres they are for, and what viewers lose by them. `dcs`: how many
 * data centres that is; the audience is taken to be spread over them evenly.
 */
export function forecastOf(changes: Preview['changes'], dcs: number, file: SavingsFile | undefined): Preview {
  const lost = changes.filter(({ from, to }) => rungs.indexOf(to) > rungs.indexOf(from))
  const loses = [...new Set(losesOf(lost.map(({ key, to }) => ({ key, rung: to }))))]
  if (!file) return { changes, predicted: null, loses }
  const sum: Plan['predicted'] = { cpuMs: 0, redisCommands: 0, rowsRead: 0, bytesSent: 0 }
  for (const dc of new Set(changes.map((change) => change.dc))) {
    const here = changes.filter((change) => change.dc === dc)
    const then = predicted(
      here.map(({ key, to }) => ({ key, rung: to })),
      file.savings,
    )
    const now = predicted(
      here.map(({ key, from }) => ({ key, rung: from })),
      file.savings,
    )
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += (then[name] - now[name]) / dcs
  }
  return { changes, predicted: sum, loses }
}
