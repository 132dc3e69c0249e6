import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { step } from './steps.mjs'
import { root, stateDir } from './toolchain.mjs'

const atOnce = 6
const timeoutMs = 120_000

/** The jars of a Kafka broker, each with the content of the committed list. Fetched once; afterwards nothing is asked of the network. */
export async function fetchKafka() {
  const { version, from, jars } = JSON.parse(readFileSync(join(root, 'test/platform/setup/kafka/jars.json'), 'utf8'))
  const dir = join(stateDir, 'kafka', version)
  const missing = jars.filter(({ path, bytes }) => sizeOf(join(dir, basename(path))) !== bytes)
  if (missing.length === 0) return
  mkdirSync(dir, { recursive: true })
  const mb = Math.ceil(missing.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6)
  await step(`fetching Kafka ${version} (${mb} MB)`, 'look at the network, then run the command again', async () => {
    const next = missing.values()
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (const jar of next) await fetchJar(from, jar, dir)
      }),
    )
  })
}

const sizeOf = (file) => (existsSync(file) ? statSync(file).size : -1)

async function fetchJar(from, { path, sha256 }, dir) {
  const answer = await fetch(`${from}/${path}`, { signal: AbortSignal.timeout(timeoutMs) }).catch((error) => {
    throw new Error(`${path}: ${error.cause?.message ?? error.message}`)
  })
  if (!answer.ok) throw new Error(`${path}: answered ${answer.status}`)
  const bytes = Buffer.from(await answer.arrayBuffer())
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found !== sha256) throw new Error(`${path} is not what it was when the list was made: sha256 ${found}`)
  const file = join(dir, basename(path))
  // Only a whole file has its name.
  writeFileSync(`${file}.part`, bytes)
  renameSync(`${file}.part`, file)
}
