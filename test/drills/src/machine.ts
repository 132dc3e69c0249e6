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
