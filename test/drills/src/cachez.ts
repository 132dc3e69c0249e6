import { type CacheReport, cacheReportSchema } from '@gala/contracts'
import { request } from 'undici'

/** What a process says of its cache. */
export async function cachez(url: string): Promise<CacheReport> {
  const { body } = await request(`${url}/cachez`)
  return cacheReportSchema.parse(await body.json())
}

/** Loads from the source, of one kind or of all, by these processes together. */
export async function loadsOf(urls: readonly string[], kind?: string): Promise<number> {
  const reports = await Promise.all(urls.map(cachez))
  const kinds = reports.flatMap((report) => report.kinds).filter((each) => kind === undefined || each.kind === kind)
  return kinds.reduce((sum, { loads }) => sum + loads, 0)
}
