import { snapshotReportSchema } from '@gala/contracts'
import { z } from 'zod'
import type { Handler } from '../handler.js'
import { Failed } from '../refusals.js'
import { AccessPages, type AccessPlace, type Asked, snapshotPages } from './access-pages.js'

const params = z.strictObject({
  maxAgeMs: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(60_000)
    .meta({ description: 'A copy on disk that is older fails it' }),
})

export const snapshot: Handler<z.output<typeof params>> = {
  name: 'snapshot',
  title: 'Last-resort pages',
  does: 'Has every access process leave the pages of the event on disk, from where it and the edge answer when all else is gone, and looks whether they are there.',
  needsEvent: true,
  params,
  async run({ maxAgeMs }, { run, act, progress, signal }) {
    const places = (await act('fleet.access', {})) as AccessPlace[]
    const paths = snapshotPages(run.event ?? '')
    const pages = new AccessPages(signal)
    const total = places.length * (paths.length + 1)
    let done = 0
    const onAnswer = ({ place }: Asked) => progress(++done, total, place.name)
    try {
      // A process leaves what it has in memory: it has to have it first.
      await pages.all(
        places.flatMap((place) => paths.map((path) => ({ place, path }))),
        onAnswer,
      )
      const asked = places.map((place) => ({ place, path: '/snapshotz', post: { paths } }))
      const answers = await pages.all(asked, onAnswer)
      const dcs = [...new Set(places.map(({ dc }) => dc))].map((dc) => leftIn(dc, answers, paths, maxAgeMs))
      const missing = dcs.flatMap((each) => [...each.unreachable, ...each.missing])
      if (places.length === 0 || missing.length > 0) {
        throw new Failed(`not on disk everywhere: ${missing.slice(0, 5).join('; ') || 'there is no access process'}`, {
          dcs,
        })
      }
      return { dcs }
    } finally {
      await pages.close()
    }
  },
}

function leftIn(dc: string, answers: readonly Asked[], paths: readonly string[], maxAgeMs: number) {
  const here = answers.filter(({ place }) => place.dc === dc)
  const read = here.map(({ place, status, error, body }) => {
    const report = status === 200 ? snapshotReportSchema.safeParse(body).data : undefined
    return { name: place.name, why: error ?? `answers ${status}`, items: report?.items }
  })
  const missing = read.flatMap(({ name, items }) =>
    items === undefined
      ? []
      : paths.flatMap((path) => {
          const ageMs = items.find((item) => item.path === path)?.ageMs ?? null
          if (ageMs === null) return `${name} ${path}: nothing on disk`
          return ageMs > maxAgeMs ? `${name} ${path}: ${Math.round(ageMs / 1_000)} s old` : []
        }),
  )
  return {
    dc,
    asked: here.length,
    pages: paths.length,
    missing: missing.slice(0, 50),
    unreachable: read.flatMap(({ name, items, why }) => (items ? [] : `${name}: ${why}`)),
  }
}
