import { request } from 'node:http'

/** What every contender answers, byte for byte but for what a server says by itself. */
export interface Document {
  path: string
  status: number
  /** Name, value, name, value. Without what HTTP servers add: date, connection, keep-alive. */
  headers: string[]
  body: string
}

export interface Answer {
  status: number
  headers: string[]
  body: string
  bytes: number
}

const ofTheServer = new Set(['date', 'connection', 'keep-alive', 'server', 'transfer-encoding'])
/** Other in each answer. */
const ofTheMoment = new Set(['traceparent', 'age', 'x-accel-expires', 'x-gala-as-of'])

export function documentOf(path: string, { status, headers, body }: Answer): Document {
  return { path, status, headers: pairsOf(headers).flatMap(([n, v]) => (ofTheServer.has(n) ? [] : [n, v])), body }
}

/** What differs between an answer and the document; empty when nothing does that should not. `added`: names that may come on top. */
export function differences(document: Document, answer: Answer, added: (name: string) => boolean = () => false) {
  const wrong: string[] = []
  if (answer.status !== document.status) wrong.push(`status ${answer.status}`)
  if (answer.body !== document.body) wrong.push('another body')
  const got = new Map(pairsOf(answer.headers))
  const wanted = new Map(pairsOf(document.headers))
  for (const [name, value] of wanted) {
    const same = got.get(name) === value || (ofTheMoment.has(name) && got.has(name))
    if (!same) wrong.push(`${name}: ${got.get(name)} for ${value}`)
  }
  for (const name of got.keys()) {
    if (!wanted.has(name) && !ofTheServer.has(name) && !added(name)) wrong.push(`${name} on top`)
  }
  return wrong
}

/** One answer, as it came. */
export function ask(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, rawHeaders: headers } = response
        const body = Buffer.concat(chunks)
        resolve({ status, headers, body: body.toString(), bytes: body.length })
      })
    })
    asked.on('error', reject)
    asked.setTimeout(5_000, () => asked.destroy(new Error(`${url} does not answer`)))
    asked.end()
  })
}

/** Names in small letters, as no two servers write them alike. */
export const pairsOf = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name.toLowerCase(), flat[i + 1] ?? '']] : []))
