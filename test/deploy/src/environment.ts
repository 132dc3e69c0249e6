import { join } from 'node:path'
import type { ConfigSpec } from '@gala/runtime'
import { z } from 'zod'
import { type Branch, branch, branches, textAt } from './tree.js'

type Shape = Record<string, z.ZodType>

/** The checkout. */
export const root = join(import.meta.dirname, '../../..')

export type AppName = 'access' | 'application' | 'base' | 'pipeline'

const cached = new Map<string, Promise<Shape>>()

/** The keys an app reads, each with its schema. */
function shapeOf(app: AppName): Promise<Shape> {
  const shape = cached.get(app) ?? readShape(app)
  cached.set(app, shape)
  return shape
}

async function readShape(app: AppName): Promise<Shape> {
  const module = (await import(join(root, `apps/${app}/dist/${app}.config.js`))) as Record<string, ConfigSpec<Shape>>
  const spec = module[`${app}Config`]
  if (!spec) throw new Error(`apps/${app} exports no ${app}Config`)
  return spec.shape
}

/** What an app would say of its environment when it starts: unknown, missing and malformed keys, never values. */
export async function environmentComplaints(app: AppName, env: Readonly<Record<string, string>>): Promise<string[]> {
  const given = Object.fromEntries(Object.entries(env).filter(([key]) => key.startsWith('GALA_')))
  const { error } = z.strictObject(await shapeOf(app)).safeParse(given)
  return (error?.issues ?? []).flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${key}: there is no such key`)
    const key = String(issue.path[0])
    return [`${key}: ${given[key] === undefined ? 'is missing' : issue.message}`]
  })
}

/** Stands for every secret: it fits wherever a password does, and the list of keys that tokens are signed with. */
const secretStandIn = (key: string) => (key === 'keys' ? `k1=${'0'.repeat(64)}` : 'secret')

/**
 * The environment of a container as the cluster makes it: its ConfigMaps, then its own variables in order, each able to
 * name those before it. A reference that leads nowhere is told to `onFault`, and so is a `$(NAME)` of nothing.
 */
export function environmentOf(
  container: Branch,
  configMaps: ReadonlyMap<string, Branch>,
  onFault: (fault: string) => void,
): Record<string, string> {
  const env: Record<string, string> = {}
  for (const source of branches(container['envFrom'])) {
    const name = textAt(source, 'configMapRef.name')
    const map = configMaps.get(name)
    if (!map) onFault(`takes its environment from ConfigMap ${name}, which is not there`)
    for (const [key, value] of Object.entries(branch(map?.['data']))) env[key] = String(value)
  }
  for (const variable of branches(container['env'])) {
    const name = textAt(variable, 'name')
    const from = branch(variable['valueFrom'])
    if (from['secretKeyRef']) env[name] = secretStandIn(textAt(from, 'secretKeyRef.key'))
    else if (from['fieldRef']) env[name] = 'pod-0'
    else if (Object.keys(from).length > 0) onFault(`${name}: comes from something these files do not use`)
    else {
      env[name] = textAt(variable, 'value').replace(/\$\(([A-Z_]+)\)/g, (_, key: string) => {
        if (env[key] === undefined) onFault(`${name}: names $(${key}), which is not set before it`)
        return env[key] ?? ''
      })
    }
  }
  return env
}
