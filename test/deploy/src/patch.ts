import { type Branch, branches, isBranch, type Tree } from './tree.js'

/** Lists whose items have a name, and which key it is. Any other list of objects is not patched but refused. */
const namedBy: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
}

/**
 * A strategic merge as kustomize does it, of the part of it that is used here.
 * @throws for directives and for lists whose merge this does not know: a guess would hide what the cluster gets.
 */
export function merged(into: Tree | undefined, patch: Tree, key = ''): Tree {
  if (isBranch(patch)) {
    const result: Branch = isBranch(into) ? { ...into } : {}
    for (const [name, value] of Object.entries(patch)) {
      if (name.startsWith('$')) throw new Error(`the directive ${name} is not one this renderer knows`)
      if (value === null) delete result[name]
      else result[name] = merged(result[name], value, name)
    }
    return result
  }
  if (!Array.isArray(patch) || !patch.some(isBranch)) return patch
  const name = namedBy[key]
  if (name === undefined) throw new Error(`lists called ${key} are not merged by this renderer`)
  const had = branches(into)
  const given = branches(patch)
  const isNew = (item: Branch) => !had.some((other) => other[name] === item[name])
  const kept = had.map((item) => {
    const change = given.find((other) => other[name] === item[name])
    return change ? merged(item, change) : item
  })
  return [...given.filter(isNew), ...kept]
}

/** RFC 6902, as far as it is used here. @throws when a path leads nowhere. */
export function operated(document: Tree, operations: readonly Branch[]): Tree {
  const result = structuredClone(document)
  for (const operation of operations) operate(result, operation)
  return result
}

function operate(document: Tree, { op, path, value }: Branch) {
  const steps = String(path)
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = steps.pop() ?? ''
  const holder = steps.reduce<Tree | undefined>((of, step) => inside(of, step), document)
  if (!isBranch(holder)) throw new Error(`${String(op)} ${String(path)}: there is no such place`)
  if (op !== 'add' && !(last in holder)) throw new Error(`${String(op)} ${String(path)}: there is no such place`)
  if (op === 'remove') delete holder[last]
  else if ((op === 'add' || op === 'replace') && value !== undefined) holder[last] = value
  else throw new Error(`the operation ${String(op)} is not one this renderer knows`)
}

function inside(of: Tree | undefined, step: string): Tree | undefined {
  if (Array.isArray(of)) return of[Number(step)]
  return isBranch(of) ? of[step] : undefined
}
