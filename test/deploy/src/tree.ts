/** What YAML and JSON are made of, looked at without knowing its schema. */
export type Tree = string | number | boolean | null | Tree[] | { [key: string]: Tree }
export type Branch = { [key: string]: Tree }

export const isBranch = (tree: Tree | undefined): tree is Branch =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree)

export const branch = (tree: Tree | undefined): Branch => (isBranch(tree) ? tree : {})
export const branches = (tree: Tree | undefined): Branch[] => (Array.isArray(tree) ? tree.filter(isBranch) : [])
export const words = (tree: Tree | undefined): string[] =>
  Array.isArray(tree) ? tree.filter((item) => typeof item === 'string') : []

/** What stands at a path of keys, such as `spec.template.spec`. */
export const at = (tree: Tree | undefined, path: string): Tree | undefined =>
  path.split('.').reduce<Tree | undefined>((of, key) => branch(of)[key], tree)

export const textAt = (tree: Tree | undefined, path: string): string => {
  const found = at(tree, path)
  return typeof found === 'string' || typeof found === 'number' ? String(found) : ''
}
