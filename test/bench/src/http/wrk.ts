import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { program } from '@gala/platform'
import { loadCore, outputOf, spawnOn } from './processes.js'

/** What one turn of load came to. */
export interface Load {
  /** Answered well. */
  requests: number
  /** Answered with a refusal, or not at all. */
  failed: number
  /** Received, heads included. */
  bytes: number
  durationS: number
}

export interface LoadOrder {
  url: string
  connections: number
  durationS: number
  /** A file with an address a line, asked for in turn from the top again; the address of `url` alone when left out. */
  addressesFile?: string
}

/** Ends with a line that can be read; asks for the addresses of a file when it is given one. */
const script = `
local requests, turn = {}, 0
function init(args)
  if not args[1] then return end
  for line in io.lines(args[1]) do requests[#requests + 1] = wrk.format('GET', line) end
  request = function()
    turn = turn % #requests + 1
    return requests[turn]
  end
end
function done(summary)
  local e = summary.errors
  io.write(string.format('\\nTOLD {"answers":%d,"bytes":%d,"durationUs":%d,"refused":%d,"broken":%d}\\n',
    summary.requests, summary.bytes, summary.duration, e.status, e.connect + e.read + e.write))
end
`

/** Writes what wrk is to run into the folder, once. */
export function prepareWrk(dir: string): string {
  const file = join(dir, 'load.lua')
  writeFileSync(file, script)
  return file
}

/** Asks as fast as it is answered, on a core of its own. @throws when there was no good answer at all. */
export async function wrk(
  scriptFile: string,
  { url, connections, durationS, addressesFile }: LoadOrder,
): Promise<Load> {
  const more = addressesFile === undefined ? [] : ['--', addressesFile]
  const args = ['-t', '1', '-c', String(connections), '-d', `${durationS}s`, '-s', scriptFile, url, ...more]
  const text = await outputOf(spawnOn(loadCore, program('wrk'), args))
  const told = JSON.parse(/^TOLD (.*)$/m.exec(text)?.[1] ?? '{}') as Record<string, number>
  const { answers = 0, bytes = 0, durationUs = 0, refused = 0, broken = 0 } = told
  if (answers <= refused) throw new Error(`nothing from ${url}: ${refused} refused, ${broken} broken`)
  return { requests: answers - refused, failed: refused + broken, bytes, durationS: durationUs / 1e6 }
}
