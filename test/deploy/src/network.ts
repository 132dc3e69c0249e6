import { nameOf, type Rendered } from './kustomize.js'
import { labelsOf, ofKind, selects } from './objects.js'
import { at, type Branch, branch, branches, textAt, words } from './tree.js'

/** Who has to be able to ask whom within a data centre. */
const needed = [
  ['edge', 'access'],
  ['access', 'application'],
  ['access', 'application-hot'],
  ['base', 'edge'],
  ['base', 'access'],
  ['base', 'application'],
  ['base', 'application-hot'],
  ['base', 'pipeline'],
] as const
/** What the internet can reach, or what serves it first, may not reach what operators use. */
const forbidden = [
  ['edge', 'base'],
  ['access', 'base'],
  ['application', 'base'],
  ['edge', 'application'],
  ['edge', 'pipeline'],
  ['access', 'pipeline'],
] as const

/** What the network policies allow, held against what is needed and what must not be. */
export function networkComplaints(all: readonly Rendered[]): string[] {
  const policies = ofKind(all, 'NetworkPolicy')
  const closed = policies.some(
    ({ object }) =>
      Object.keys(branch(at(object, 'spec.podSelector'))).length === 0 &&
      words(at(object, 'spec.policyTypes')).length === 2 &&
      at(object, 'spec.ingress') === undefined &&
      at(object, 'spec.egress') === undefined,
  )
  return [
    ...(closed ? [] : ['NetworkPolicy: none refuses what the others do not allow']),
    ...needed
      .filter(([from, to]) => !reaches(from, to, all))
      .map(([from, to]) => `NetworkPolicy: ${from} cannot reach ${to}`),
    ...forbidden
      .filter(([from, to]) => reaches(from, to, all))
      .map(([from, to]) => `NetworkPolicy: ${from} can reach ${to}`),
    ...policies.filter(open).map((item) => `${nameOf(item)}: lets anybody in, and only the edge's may`),
    ...ofKind(all, 'Service')
      .filter(published)
      .map((item) => `${nameOf(item)}: the internet can see it, and only the edge's may be seen`),
    ...policies
      .filter(({ object }) => !ofKind(all, 'Deployment').some((item) => picks(object, item)))
      .map((item) => `${nameOf(item)}: picks no pods`),
  ]
}

const picks = (policy: Branch, item: Rendered) => selects(branch(at(policy, 'spec.podSelector')), labelsOf(item))

function reaches(from: string, to: string, all: readonly Rendered[]): boolean {
  const [asking, asked] = [from, to].map((name) => all.find((item) => nameOf(item) === `Deployment ${name}`))
  if (!asking || !asked) return false
  const allowed = (of: Rendered, other: Rendered, way: 'ingress' | 'egress', end: 'from' | 'to') =>
    ofKind(all, 'NetworkPolicy')
      .filter(({ object }) => picks(object, of))
      .flatMap(({ object }) => branches(at(object, `spec.${way}`)))
      .some((rule) => rule[end] === undefined || branches(rule[end]).some((peer) => isPod(peer, other)))
  return allowed(asking, asked, 'egress', 'to') && allowed(asked, asking, 'ingress', 'from')
}

const isPod = ({ podSelector, namespaceSelector }: Branch, item: Rendered) =>
  podSelector !== undefined && namespaceSelector === undefined && selects(branch(podSelector), labelsOf(item))

/** An ingress rule without a `from`, or from every address, of pods that are not the edge's. */
function open({ object }: Rendered): boolean {
  if (textAt(object, 'metadata.name') === 'edge') return false
  return branches(at(object, 'spec.ingress')).some(
    ({ from }) => from === undefined || branches(from).some((peer) => textAt(peer, 'ipBlock.cidr').endsWith('/0')),
  )
}

function published({ object }: Rendered): boolean {
  const type = textAt(object, 'spec.type') || 'ClusterIP'
  if (type === 'ClusterIP' || textAt(object, 'metadata.name') === 'edge') return false
  const ranges = words(at(object, 'spec.loadBalancerSourceRanges'))
  return type !== 'LoadBalancer' || ranges.length === 0 || ranges.some((range) => range.endsWith('/0'))
}
