import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { merged, operated } from './patch.js'
import { at, type Branch, branch, branches, textAt, words } from './tree.js'

/** An object of the cluster and the file, or the overlay, that it comes from. */
export interface Rendered {
  object: Branch
  from: string
}

/** Fields of a kustomization this renderer does as kustomize does. It refuses all others rather than leaving them out. */
const known = [
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'components',
  'configMapGenerator',
  'patches',
  'labels',
  'replicas',
  'images',
]
const clusterWide = ['Namespace', 'PriorityClass']

export const nameOf = ({ object }: Rendered) => `${textAt(object, 'kind')} ${textAt(object, 'metadata.name')}`

/**
 * The objects of an overlay, as `kubectl kustomize` makes them, but for the hash it appends to the names of generated
 * ConfigMaps. A test holds the two against each other where kubectl is installed.
 * @throws with the file and the reason when something is missing or not understood.
 */
export function render(dir: string): Rendered[] {
  return build(dir, [])
}

function build(dir: string, given: readonly Rendered[]): Rendered[] {
  const file = join(dir, 'kustomization.yaml')
  if (!existsSync(file)) throw new Error(`${file}: is missing`)
  const spec = branch(parse(readFileSync(file, 'utf8')))
  const unknown = Object.keys(spec).filter((key) => !known.includes(key))
  if (unknown.length > 0) throw new Error(`${file}: ${unknown.join(', ')}: not a field this renderer knows`)
  try {
    let all = [...given, ...words(spec['resources']).flatMap((path) => load(join(dir, path)))]
    for (const path of words(spec['components'])) all = build(join(dir, path), all)
    all = generated(all, branches(spec['configMapGenerator']), dir)
    refuseTwice(all)
    for (const patch of branches(spec['patches'])) all = patched(all, patch, dir)
    return transformed(all, spec)
  } catch (error) {
    const { message } = error as Error
    throw new Error(message.includes('.yaml: ') ? message : `${file}: ${message}`)
  }
}

function load(path: string): Rendered[] {
  if (!existsSync(path)) throw new Error(`${path}: there is no such file`)
  if (statSync(path).isDirectory()) return build(path, [])
  return parseAllDocuments(readFileSync(path, 'utf8')).flatMap((document) => {
    const [fault] = document.errors
    if (fault) throw new Error(`${path}: ${fault.message}`)
    const object = branch(document.toJS())
    return Object.keys(object).length > 0 ? [{ object, from: path }] : []
  })
}

function generated(all: readonly Rendered[], generators: readonly Branch[], dir: string): Rendered[] {
  const result = [...all]
  for (const { name, namespace, literals, files, behavior, ...rest } of generators) {
    const unknown = Object.keys(rest)
    if (unknown.length > 0)
      throw new Error(`configMapGenerator ${String(name)}: ${unknown.join(', ')} is not known here`)
    const data = {
      ...Object.fromEntries(words(literals).map(pair)),
      ...Object.fromEntries(words(files).map(fileIn(dir))),
    }
    const index = result.findIndex((item) => nameOf(item) === `ConfigMap ${String(name)}`)
    const there = result[index]
    if (behavior === 'merge') {
      if (!there) throw new Error(`configMapGenerator ${String(name)}: there is nothing to merge with`)
      result[index] = { ...there, object: { ...there.object, data: { ...branch(there.object['data']), ...data } } }
      continue
    }
    const metadata = { name: String(name), ...(namespace !== undefined && { namespace }) }
    result.push({
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data },
      from: join(dir, 'kustomization.yaml'),
    })
  }
  return result
}

function pair(literal: string): [string, string] {
  const [, key, value] = /^([^=]+)=([\s\S]*)$/.exec(literal) ?? []
  if (key === undefined || value === undefined) throw new Error(`the literal ${literal} is not KEY=VALUE`)
  return [key, value]
}

const fileIn = (dir: string) => (file: string) => [basename(file), readFileSync(join(dir, file), 'utf8')] as const

function refuseTwice(all: readonly Rendered[]) {
  const names = all.map(nameOf)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice) throw new Error(`${twice} is there twice`)
}

function patched(all: readonly Rendered[], { path, patch, target }: Branch, dir: string): Rendered[] {
  const text = typeof path === 'string' ? readFileSync(join(dir, path), 'utf8') : String(patch)
  const content = parse(text)
  const operations = Array.isArray(content) ? branches(content) : undefined
  const { kind, name } = target === undefined ? { kind: content.kind, name: content.metadata?.name } : branch(target)
  const fits = ({ object }: Rendered) =>
    textAt(object, 'kind') === kind &&
    (name === undefined || new RegExp(`^(${name})$`).test(textAt(object, 'metadata.name')))
  if (!all.some(fits)) throw new Error(`a patch for ${String(kind)} ${String(name ?? '')}: there is no such object`)
  return all.map((item) => {
    if (!fits(item)) return item
    return { ...item, object: branch(operations ? operated(item.object, operations) : merged(item.object, content)) }
  })
}

function transformed(all: readonly Rendered[], spec: Branch): Rendered[] {
  const { namespace } = spec
  return replicated(all, branches(spec['replicas'])).map((item) => {
    let { object } = item
    if (namespace !== undefined && !clusterWide.includes(textAt(object, 'kind'))) {
      object = branch(merged(object, { metadata: { namespace } }))
    }
    for (const { pairs, includeTemplates, includeSelectors } of branches(spec['labels'])) {
      if (includeSelectors === true) throw new Error('labels in selectors cannot be changed later: not known here')
      const metadata = { labels: branch(pairs) }
      object = branch(merged(object, { metadata }))
      const inPods = includeTemplates === true && at(object, 'spec.template') !== undefined
      if (inPods) object = branch(merged(object, { spec: { template: { metadata } } }))
    }
    return { ...item, object: withImages(object, branches(spec['images'])) }
  })
}

function replicated(all: readonly Rendered[], counts: readonly Branch[]): Rendered[] {
  let result = [...all]
  for (const { name, count } of counts) {
    const wanted = `Deployment ${String(name)}`
    if (!result.some((item) => nameOf(item) === wanted)) throw new Error(`replicas: there is no ${wanted}`)
    result = result.map((item) =>
      nameOf(item) === wanted
        ? { ...item, object: branch(merged(item.object, { spec: { replicas: count ?? 0 } })) }
        : item,
    )
  }
  return result
}

function withImages(object: Branch, images: readonly Branch[]): Branch {
  const containers = branches(at(object, 'spec.template.spec.containers'))
  if (containers.length === 0 || images.length === 0) return object
  const changed = containers.map((container) => {
    const image = images.find(({ name }) => name === container['image'])
    return image ? { ...container, image: `${String(image['newName'])}:${String(image['newTag'])}` } : container
  })
  const result = structuredClone(object)
  branch(at(result, 'spec.template.spec'))['containers'] = changed
  return result
}
