import { promisify } from 'node:util'
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib'

/** Content codings a copy is kept in besides its own bytes, the best first. */
const codings = ['br', 'zstd', 'gzip'] as const
export type Coding = (typeof codings)[number]

/** Below this it is not worth the client's while: it fits into one packet anyway. */
export const codedBytesMin = 1_024
/** Different ways to say what is accepted that are remembered; browsers know some ten. */
const rememberedMax = 256
const remembered = new Map<string, Coding | undefined>()

/** The best coding this `accept-encoding` allows; undefined: none of ours. Source: RFC 9110, section 12.5.3. */
export function codingOf(accepted: string | undefined): Coding | undefined {
  if (accepted === undefined) return undefined
  if (remembered.has(accepted)) return remembered.get(accepted)
  const coding = best(accepted)
  if (remembered.size >= rememberedMax) remembered.clear()
  if (accepted.length <= 200) remembered.set(accepted, coding)
  return coding
}

function best(accepted: string): Coding | undefined {
  const weights = new Map<string, number>()
  for (const item of accepted.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(name, q === undefined ? 1 : Number(q.slice(2)) || 0)
  }
  const weightOf = (coding: Coding) => weights.get(coding) ?? weights.get('*') ?? 0
  const most = Math.max(...codings.map(weightOf))
  return most > 0 ? codings.find((coding) => weightOf(coding) === most) : undefined
}

const [makeBr, makeZstd, makeGzip] = [promisify(brotliCompress), promisify(zstdCompress), promisify(gzip)]

const makers = {
  // Made once for each version, but what is read once is made, too: about what the edge would spend on two answers.
  br: (body: Buffer) =>
    makeBr(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
  zstd: (body: Buffer) => makeZstd(body, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
  gzip: (body: Buffer) => makeGzip(body, { level: 6 }),
}

/** The bytes in that coding, made beside the event loop. */
export const coded = (body: Buffer, coding: Coding): Promise<Buffer> => makers[coding](body)
