import type { Rendered } from './kustomize.js'
import { at, type Branch, branch, branches, words } from './tree.js'

export const ofKind = (all: readonly Rendered[], kind: string) => all.filter(({ object }) => object['kind'] === kind)

export const podOf = ({ object }: Rendered): Branch => branch(at(object, 'spec.template.spec'))
export const labelsOf = ({ object }: Rendered): Branch => branch(at(object, 'spec.template.metadata.labels'))

/** Whether a selector picks pods with these labels. */
export function selects(selector: Branch, labels: Branch): boolean {
  const simple = Object.entries(branch(selector['matchLabels'])).every(([key, value]) => labels[key] === value)
  return (
    simple &&
    branches(selector['matchExpressions']).every(
      ({ key, operator, values }) => operator === 'In' && words(values).includes(String(labels[String(key)])),
    )
  )
}
