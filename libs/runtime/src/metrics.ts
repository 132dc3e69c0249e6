import { Counter, Gauge, type Registry } from 'prom-client'

/** Numbers a hot path only adds to, as a metric that reads them when it is asked for; one series for each set of labels. */
export function collected<L extends string>(
  metrics: Registry,
  name: string,
  help: string,
  labelNames: readonly L[],
  read: () => Iterable<[labels: Record<L, string>, value: number]>,
): void {
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [metrics],
    collect() {
      this.reset()
      for (const [labels, value] of read()) this.inc(labels, value)
    },
  })
}

/** A number that is read when it is asked for. */
export function gauged(metrics: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [metrics],
    collect() {
      this.set(read())
    },
  })
}
