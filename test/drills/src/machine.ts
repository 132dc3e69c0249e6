import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** From now on; what it returns tells for how much of the time until then the cores had nothing to do, in percent. */
export function idleMeter(): () => number {
  const from = times()
  return () => {
    const to = times()
    return (100 * (to.idle - from.idle)) / (to.all - from.all)
  }
}

function times() {
  const all = cpus().map(({ times }) => times)
  const sum = (of: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + of(each), 0)
  return { idle: sum(({ idle }) => idle), all: sum((each) => each.user + each.nice + each.sys + each.irq + each.idle) }
}

/** From now on; what it returns tells which part of the cores' time others on the same machine were given instead of us, in percent. */
export function stolenMeter(): () => number {
  const from = stolenAndAll()
  return () => {
    const to = stolenAndAll()
    return (100 * (to.stolen - from.stolen)) / (to.all - from.all)
  }
}

/** First line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. Source: proc_stat(5). */
function stolenAndAll() {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n')
  const times = line.split(/ +/).slice(1, 9).map(Number)
  return { stolen: times[7] ?? 0, all: times.reduce((sum, time) => sum + time, 0) }
}
