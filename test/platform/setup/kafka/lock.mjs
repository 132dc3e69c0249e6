// Writes jars.json: every jar a Kafka broker needs, found from the POMs of Maven Central, with its content. For whoever moves to another
// release: node test/platform/setup/kafka/lock.mjs VERSION
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const central = 'https://repo1.maven.org/maven2'
const [version] = process.argv.slice(2)
if (!version) throw new Error('which release of Kafka? for example: 4.1.0')

/** The broker, and what it says its log with: Kafka leaves the choice of that to its distribution. */
const roots = [`org.apache.kafka:kafka_2.13:${version}`]
const logging = ['org.slf4j:slf4j-simple']

const pathOf = (group, name, of, ending) => `${group.replaceAll('.', '/')}/${name}/${of}/${name}-${of}.${ending}`

async function get(path) {
  const answer = await fetch(`${central}/${path}`, { signal: AbortSignal.timeout(60_000) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return Buffer.from(await answer.arrayBuffer())
}

const child = (xml, tag) => new RegExp(`<${tag}>\\s*([^<]*?)\\s*</${tag}>`).exec(xml)?.[1]
const block = (xml, tag) => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(xml)?.[1] ?? ''
const blocks = (xml, tag) => [...xml.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, text]) => text)

const models = new Map()
/** What a POM says together with those above it: properties, versions others are to have, dependencies. */
function model(group, name, of) {
  const key = `${group}:${name}:${of}`
  if (!models.has(key)) models.set(key, readModel(group, name, of))
  return models.get(key)
}

async function readModel(group, name, of) {
  const xml = String(await get(pathOf(group, name, of, 'pom'))).replace(/<!--[\s\S]*?-->/g, '')
  const parentXml = block(xml, 'parent')
  const parent = parentXml
    ? await model(child(parentXml, 'groupId'), child(parentXml, 'artifactId'), child(parentXml, 'version'))
    : { properties: {}, managed: new Map(), dependencies: [] }
  const own = Object.fromEntries(
    [...block(xml, 'properties').matchAll(/<([\w.-]+)>\s*([^<]*?)\s*<\/\1>/g)].map(([, key, value]) => [key, value]),
  )
  const properties = {
    ...parent.properties,
    ...own,
    ...{ 'project.version': of, 'project.groupId': group, 'project.parent.version': child(parentXml, 'version') ?? of },
  }
  const filled = (text) => {
    const next = text?.replace(/\$\{([^}]+)\}/g, (whole, key) => properties[key] ?? whole)
    return next === text || next === undefined ? next : filled(next)
  }
  const dependency = (text) => ({
    group: filled(child(text, 'groupId')),
    name: filled(child(text, 'artifactId')),
    version: filled(child(text.replace(/<exclusions>[\s\S]*?<\/exclusions>/, ''), 'version')),
    scope: filled(child(text, 'scope')),
    optional: child(text, 'optional') === 'true',
    classifier: child(text, 'classifier'),
    without: blocks(text, 'exclusion').map((each) => `${child(each, 'groupId')}:${child(each, 'artifactId')}`),
  })
  const managed = new Map(parent.managed)
  for (const text of blocks(block(xml, 'dependencyManagement'), 'dependency')) {
    const each = dependency(text)
    if (each.scope === 'import') {
      for (const [key, value] of (await model(each.group, each.name, each.version)).managed) managed.set(key, value)
    } else managed.set(`${each.group}:${each.name}`, each)
  }
  const rest = xml.replace(/<(dependencyManagement|build|profiles|reporting)>[\s\S]*?<\/\1>/g, '')
  const dependencies = [...parent.dependencies, ...blocks(block(rest, 'dependencies'), 'dependency').map(dependency)]
  return { properties, managed, dependencies }
}

const rank = (of) => of.split(/[.-]/).map((piece) => (/^\d+$/.test(piece) ? Number(piece) : -1))
function isNewer(a, b) {
  const [x, y] = [rank(a), rank(b)]
  const at = x.findIndex((piece, i) => piece !== (y[i] ?? 0))
  return at >= 0 && x[at] > (y[at] ?? 0)
}

/** Everything reachable; of several versions of one thing the newest. Begins again whenever one becomes newer. */
async function closure(versions) {
  const seen = new Map()
  const todo = roots.map((root) => {
    const [group, name, of] = root.split(':')
    return { group, name, of, without: [] }
  })
  for (let each = todo.shift(); each; each = todo.shift()) {
    const key = `${each.group}:${each.name}`
    const of = versions.get(key) ?? each.of
    if (isNewer(each.of, of)) return closure(new Map([...versions, [key, each.of]]))
    versions.set(key, of)
    const trail = `${key} ${[...each.without].sort()}`
    if (seen.has(trail)) continue
    seen.set(trail, key)
    const { managed, dependencies } = await model(each.group, each.name, of)
    for (const one of dependencies) {
      const known = managed.get(`${one.group}:${one.name}`)
      const scope = one.scope ?? known?.scope ?? 'compile'
      const left = each.without.some((ga) => ga === `${one.group}:${one.name}` || ga === `${one.group}:*`)
      if (one.optional || one.classifier || left || !['compile', 'runtime'].includes(scope)) continue
      const wanted = one.version ?? known?.version
      if (!wanted) throw new Error(`${key}:${of} does not say which ${one.group}:${one.name}`)
      const without = [...each.without, ...one.without, ...(known?.without ?? [])]
      todo.push({ group: one.group, name: one.name, of: wanted, without })
    }
  }
  return new Map([...new Set(seen.values())].map((key) => [key, versions.get(key)]))
}

const found = await closure(new Map())
const slf4j = found.get('org.slf4j:slf4j-api')
for (const key of logging) found.set(key, slf4j)
const jars = []
for (const [key, of] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const [group, name] = key.split(':')
  const path = pathOf(group, name, of, 'jar')
  const bytes = await get(path)
  jars.push({ path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  process.stderr.write(`${path}\n`)
}
const file = join(import.meta.dirname, 'jars.json')
writeFileSync(file, `${JSON.stringify({ version, from: central, jars }, null, 2)}\n`)
process.stderr.write(`${jars.length} jars, ${jars.reduce((sum, { bytes }) => sum + bytes, 0)} bytes\n`)
