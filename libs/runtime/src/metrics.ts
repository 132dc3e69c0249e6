import { Counter, type Registry } from 'prom-client'

/** Numbers a hot path only adds to, as a metric that reads them when it is asked for; one value of `label` for each. */
export function collected(
  metrics: Registry,
  { name, help, label, counts }: { name: string; help: string; label: string; counts: object },
): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [metrics],
    collect() {
      this.reset()
      for (const [of, value] of Object.entries(counts)) this.inc({ [label]: of }, Number(value))
    },
  })
}
