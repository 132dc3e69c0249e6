import { until } from '@gala/platform'
import type { OpsClient } from '@gala/sdk'
import type { Rig } from './rig.js'

/** What is asked has to be there before whoever asks it. */
const ranks = [/mysql|redis/, /base/, /application|hot/, /access|edge/]

/** Kills every part of a data centre at once; nothing of it rises by itself. */
export async function killWhole(rig: Rig, dc: string) {
  await Promise.all(partsOf(rig, dc).map((part) => rig.client.part('crash', part)))
}

/** Starts every part of a data centre; resolves when all of the platform works and both servers hold the same, as base sees it. */
export async function bringBack(rig: Rig, dc: string, base: OpsClient, withinMs: number) {
  for (const rank of ranks) {
    const names = partsOf(rig, dc).filter((part) => rank.test(part))
    await Promise.all(names.map((part) => rig.client.part('start', part)))
  }
  const works = async () => (await rig.client.status()).ready
  await until(works, 'not every part comes back', 120_000, 200)
  const followed = async () => {
    const { items, writer } = (await base.datacentres.board({})).data
    const [one, other] = items.map(({ mysql }) => mysql)
    return writer.dc !== null && one?.position != null && one.position === other?.position && ok(one) && ok(other)
  }
  await until(() => followed().catch(() => false), `${dc} does not follow`, withinMs, 100)
}

/** A planned move, when the writer is not there already; resolves to how long nobody could write, as base saw it, in ms. */
export async function moveWriter(base: OpsClient, to: string, reason: string): Promise<number> {
  const { writer } = (await base.datacentres.board({})).data
  if (writer.dc === to) return 0
  const body = { to, mode: 'planned' as const, reason, expectedToken: writer.token }
  return (await base.datacentres.moveWriter({ body })).data.readOnlyMs ?? 0
}

const partsOf = ({ status }: Rig, dc: string) =>
  (status.dcs.find(({ id }) => id === dc)?.parts ?? []).map(({ name }) => name)

const ok = ({ role, detail }: { role: string | null; detail: string | null }) => role !== 'fenced' && detail === null
