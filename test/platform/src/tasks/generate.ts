import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes, type LimitPolicy, openApiDocument, opsRoutes, publicRoutes, type Route } from '@gala/contracts'
import { type ConfigSpec, commonConfig } from '@gala/runtime'
import type { z } from 'zod'
import { root } from './run-task.js'

type Shape = Record<string, z.ZodType>

const dir = join(root, 'docs/reference')
const header = '<!-- Written by `npm run generate` from the code; do not edit. -->\n\n'
const pages: Record<string, string> = {
  'openapi.json': `${JSON.stringify(openApiDocument('1'), null, 2)}\n`,
  'errors.md': errorsPage(),
  'routes.md': routesPage(),
  'configuration.md': await configurationPage(),
}

const stale = Object.keys(pages).filter((name) => read(join(dir, name)) !== pages[name])
if (process.argv.includes('--check')) {
  if (stale.length > 0) {
    process.stderr.write(`docs/reference is not what the code says (${stale.join(', ')}); run: npm run generate\n`)
    process.exitCode = 1
  }
} else {
  mkdirSync(dir, { recursive: true })
  for (const name of stale) writeFileSync(join(dir, name), pages[name] ?? '')
  process.stdout.write(stale.length > 0 ? `written: ${stale.join(', ')}\n` : 'nothing has changed\n')
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function table(heads: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}

function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, { status, title, retryable }]) => [
    `\`${code}\``,
    String(status),
    retryable ? 'yes' : 'no',
    title,
  ])
  const text =
    'Every refusal is `application/problem+json` with one of these codes. *Retryable* says whether the same request may ' +
    'succeed later without being changed; 429 and 503 answers carry `retry-after` in seconds.'
  return `${header}# Error codes\n\n${text}\n\n${table(['Code', 'Status', 'Retryable', 'Meaning'], rows)}\n`
}

function copyPolicy({ freshMs, renewMs = freshMs / 2, staleMs }: NonNullable<Route['cache']>): string {
  return `${freshMs / 1000} s, renewed behind the answer for ${renewMs / 1000} s more, stale to ${staleMs / 60_000} min`
}

function limitPolicy({ limits = [] }: Route): string {
  const one = (limit: LimitPolicy) =>
    `${limit.rate}/s (burst ${limit.burst}) by ${limit.by} and ${limit.scope}${limit.scope === 'dc' ? `, ${limit.away} without Redis` : ''}`
  return limits.length === 0 ? 'no' : limits.map(one).join('; ')
}

function routesPage(): string {
  const row = (route: Route) => [
    `\`${route.method} ${route.path}\``,
    route.summary,
    route.criticality,
    route.cache ? copyPolicy(route.cache) : 'no',
    route.onDegraded,
    `${route.timeoutMs} ms`,
    ...(route.role ? [] : [limitPolicy(route)]),
    ...(route.role ? [route.role] : []),
  ]
  const heads = ['Route', 'What', 'Criticality', 'Copy in access', 'When nothing answers', 'Time']
  const open = table([...heads, 'Limits'], publicRoutes.map(row))
  const ops = table([...heads, 'Role'], opsRoutes.map(row))
  const without = opsRoutes.filter(({ method, keyed }) => method !== 'GET' && !keyed)
  const keys =
    'A write takes an `idempotency-key` of 8 to 64 letters, digits, dashes or underscores, the same for each of its attempts: ' +
    'it is done once, and a later attempt gets the first one’s answer with `idempotency-replayed: true` ' +
    '([why](../decisions/0020-idempotency-keys.md)). ' +
    `Without a key: ${without.map(({ method, path }) => `\`${method} ${path}\``).join(', ')}.`
  const [there, here] = ['## Public API, through the edge', '## Operators’ API, on base']
  return `${header}# Routes and their policy\n\n${there}\n\n${open}\n\n${here}\n\n${keys}\n\n${ops}\n`
}

async function configurationPage(): Promise<string> {
  const sections = [`## Every app\n\n${keysTable(commonConfig)}`]
  for (const app of ['access', 'application', 'base', 'pipeline']) {
    const module = (await import(join(root, `apps/${app}/dist/${app}.config.js`))) as Record<string, ConfigSpec<Shape>>
    const spec = module[`${app}Config`]
    if (!spec) throw new Error(`apps/${app} exports no ${app}Config`)
    const own = Object.fromEntries(Object.entries(spec.shape).filter(([key]) => !Object.hasOwn(commonConfig, key)))
    sections.push(`## ${app}\n\n${keysTable(own)}`)
  }
  const text =
    'Read from the environment when a process starts. A missing, malformed or unknown `GALA_` key stops the process with ' +
    'exit code 78 and a line naming the key; values are never printed.'
  return `${header}# Configuration\n\n${text}\n\n${sections.join('\n\n')}\n`
}

function keysTable(shape: Shape): string {
  const rows = Object.entries(shape).map(([key, type]) => {
    const absent = type.safeParse(undefined)
    const value = absent.success ? `\`${JSON.stringify(absent.data)}\`` : 'required'
    return [`\`${key}\``, value, type.meta()?.description ?? '']
  })
  return table(['Key', 'Default', 'Meaning'], rows)
}
