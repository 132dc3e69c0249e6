import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { clusterComplaints } from './cluster.js'
import { Copy, deployDir } from './copies.js'
import { nameOf, render } from './kustomize.js'
import { type Branch, textAt } from './tree.js'

const overlays = ['dc-a', 'dc-b', 'gala/dc-a', 'gala/dc-b', 'gala/dc-a-frozen', 'gala/dc-b-frozen']

/** Complaints about an overlay; one that cannot be rendered is a complaint too. */
async function complaints(dir: string, overlay: string): Promise<string[]> {
  try {
    return await clusterComplaints(render(join(dir, 'k8s', overlay)))
  } catch (error) {
    return [(error as Error).message]
  }
}

describe('the overlays of the cluster', () => {
  it.each(overlays)('finds nothing wrong with %s', async (overlay) => {
    expect(await complaints(deployDir, overlay)).toEqual([])
  })

  const kubectl = realKustomize()
  const itWithKubectl = kubectl ? it : it.skip
  itWithKubectl.each(['dc-a', 'gala/dc-b-frozen'])('renders %s as kubectl does', (overlay) => {
    const dir = join(deployDir, 'k8s', overlay)
    // Names of generated ConfigMaps end in a hash of their content there.
    const text = execFileSync('kubectl', ['kustomize', dir], { encoding: 'utf8' })
    const hashed = new Map(
      [
        ...text.matchAll(/name: ((?:access|application|base|data-centre|edge|edge-template|pipeline)-[a-z0-9]{10})$/gm),
      ].map(([, name = '']) => [name, name.slice(0, -11)]),
    )
    const plain = [...hashed].reduce((all, [name, bare]) => all.replaceAll(name, bare), text)
    const theirs = new Map(parseAllDocuments(plain).map((document) => [keyOf(document.toJS()), document.toJS()]))
    const ours = new Map(render(dir).map(({ object }) => [keyOf(object), object]))
    expect([...ours.keys()].toSorted()).toEqual([...theirs.keys()].toSorted())
    for (const [key, object] of ours) expect(object).toEqual(theirs.get(key))
  })

  it('names everything in the same namespace, and nothing twice', () => {
    const all = render(join(deployDir, 'k8s/dc-a'))
    expect(new Set(all.map(nameOf)).size).toBe(all.length)
    const elsewhere = all.filter(({ object }) => !['gala', ''].includes(textAt(object, 'metadata.namespace')))
    expect(elsewhere.map(nameOf)).toEqual([])
  })
})

describe('a mistake in the files of the cluster', () => {
  const copy = new Copy()
  afterAll(() => copy.remove())

  const mistakes: [string, string, string, string, RegExp][] = [
    [
      'a misspelt field',
      'k8s/base/access.yaml',
      'minReadySeconds',
      'minReadySecond',
      /access: \/spec\/minReadySecond: there is no such field/,
    ],
    ['a number that is text', 'k8s/base/edge.yaml', 'replicas: 3', 'replicas: three', /edge: \/spec\/replicas: type/],
    [
      'a kind of an old version',
      'k8s/base/autoscaling.yaml',
      'autoscaling/v2',
      'autoscaling/v2beta2',
      /not a kind that belongs here/,
    ],
    ['broken YAML', 'k8s/base/base.yaml', 'metadata:', 'metadata: [', /base\.yaml: /],
    [
      'an unknown variable',
      'k8s/base/kustomization.yaml',
      'GALA_SNAPSHOT_DIR',
      'GALA_SNAPSHOTS_DIR',
      /access: GALA_SNAPSHOTS_DIR: there is no such key/,
    ],
    [
      'a missing variable',
      'k8s/base/base.yaml',
      'name: GALA_TOKEN_KEYS',
      'name: TOKEN_KEYS',
      /base: GALA_TOKEN_KEYS: is missing/,
    ],
    [
      'a malformed variable',
      'k8s/dc-a/kustomization.yaml',
      '=dc-b=http://application',
      '=dc-b=application',
      /access: GALA_APPLICATION_FALLBACK_URLS: /,
    ],
    [
      'a witness that is no address',
      'k8s/base/base.yaml',
      'redis://:$(WITNESS_PASSWORD)',
      'http://:$(WITNESS_PASSWORD)',
      /base: GALA_WITNESS_REDIS_URL: /,
    ],
    [
      'a value that names what is not set',
      'k8s/dc-a/kustomization.yaml',
      'OWN_REDIS',
      'MY_REDIS',
      /names \$\(OWN_REDIS\), which is not set before it/,
    ],
    [
      'a ConfigMap that is not there',
      'k8s/base/application.yaml',
      'name: data-centre',
      'name: datacentre',
      /ConfigMap datacentre, which is not there/,
    ],
    ['a key no Secret has', 'k8s/base/application.yaml', 'key: app', 'key: reader', /key reader of Secret mysql/],
    [
      'a mount without a volume',
      'k8s/base/access.yaml',
      '- name: control\n              mountPath',
      '- name: controls\n              mountPath',
      /mounts controls, which is no volume of it/,
    ],
    [
      'a Service that leads nowhere',
      'k8s/base/access.yaml',
      'targetPort: http',
      'targetPort: web',
      /Service access: leads to port web/,
    ],
    [
      'a selector that picks nothing',
      'k8s/base/disruption.yaml',
      'app.kubernetes.io/name: access',
      'app.kubernetes.io/name: acess',
      /PodDisruptionBudget access: picks no pods/,
    ],
    [
      'an autoscaler of nothing',
      'k8s/base/autoscaling.yaml',
      'kind: Deployment\n    name: access',
      'kind: Deployment\n    name: acess',
      /scales acess, which is not there/,
    ],
    [
      'a rollout that takes pods away',
      'k8s/base/access.yaml',
      'maxUnavailable: 0',
      'maxUnavailable: 1',
      /access: a rollout may take pods away/,
    ],
    [
      'too little time to drain',
      'k8s/base/access.yaml',
      'terminationGracePeriodSeconds: 20',
      'terminationGracePeriodSeconds: 10',
      /10 is less than preStop \(5 s\) and draining \(7 s\)/,
    ],
    [
      'the wrong probe',
      'k8s/base/access.yaml',
      'path: /livez',
      'path: /readyz',
      /livenessProbe asks \/readyz instead of \/livez/,
    ],
    [
      'no limit of memory',
      'k8s/base/base.yaml',
      'memory: 1536Mi',
      'hugepages-2Mi: 1536Mi',
      /base: resources.limits.memory is not said/,
    ],
    [
      'variables of the cluster',
      'k8s/base/base.yaml',
      'enableServiceLinks: false',
      'enableServiceLinks: true',
      /base: enableServiceLinks is not false/,
    ],
    [
      'an edge that reaches base',
      'k8s/base/network.yaml',
      'app.kubernetes.io/name: base\n  policyTypes: [Ingress, Egress]\n  ingress:\n    - from:',
      'app.kubernetes.io/name: base\n  policyTypes: [Ingress, Egress]\n  ingress:\n    - ports: []\n    - from:',
      /NetworkPolicy base: lets anybody in/,
    ],
    [
      'an edge that may not ask access',
      'k8s/base/network.yaml',
      'app.kubernetes.io/name: access\n      ports:\n        - protocol: TCP\n          port: 8080\n---',
      'app.kubernetes.io/name: base\n      ports:\n        - protocol: TCP\n          port: 8080\n---',
      /NetworkPolicy: edge cannot reach access/,
    ],
    [
      'an internal address that is public',
      'k8s/dc-a/kustomization.yaml',
      'value: [10.20.0.0/16]',
      'value: [0.0.0.0/0]',
      /Service access-internal: the internet can see it/,
    ],
    [
      'an image without a version',
      'k8s/base/kustomization.yaml',
      'newTag: 0.1.0',
      'newTag: latest',
      /is not pinned to a version/,
    ],
    [
      'a patch of nothing',
      'k8s/gala/night/edge.yaml',
      'name: edge',
      'name: edges',
      /a patch for Deployment edges: there is no such object/,
    ],
    [
      'a patched place that is not there',
      'k8s/gala/night/kustomization.yaml',
      '/spec/minReplicas',
      '/spec/minReplica',
      /replace \/spec\/minReplica: there is no such place/,
    ],
    [
      'replicas of nothing',
      'k8s/gala/night/kustomization.yaml',
      'name: base',
      'name: basis',
      /there is no Deployment basis/,
    ],
    [
      'a field of kustomize this renderer lacks',
      'k8s/dc-a/kustomization.yaml',
      'resources:',
      'namePrefix: a-\nresources:',
      /namePrefix: not a field this renderer knows/,
    ],
    [
      'a file that is not there',
      'k8s/base/kustomization.yaml',
      '- edge.yaml',
      '- edges.yaml',
      /edges\.yaml: there is no such file/,
    ],
    [
      'a Secret in a file',
      'k8s/base/namespace.yaml',
      'kind: ServiceAccount\n',
      'kind: Secret\n',
      /v1 Secret is not a kind that belongs here/,
    ],
  ]
  it.each(mistakes)('%s is told', async (_, file, from, to, complaint) => {
    const told = await copy.broken(file, from, to, (dir) =>
      complaints(dir, file.includes('gala') ? 'gala/dc-a' : 'dc-a'),
    )
    expect(told.join('\n')).toMatch(complaint)
  })
})

const keyOf = (object: Branch) => `${textAt(object, 'kind')} ${textAt(object, 'metadata.name')}`

/** Whether there is a kubectl whose kustomize is of the fifth version, which these files are written for. */
function realKustomize(): boolean {
  try {
    return /Kustomize Version: v5/.test(
      execFileSync('kubectl', ['version', '--client'], { encoding: 'utf8', stdio: 'pipe' }),
    )
  } catch {
    return false
  }
}
