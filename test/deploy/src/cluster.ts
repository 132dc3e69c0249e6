import { type AppName, environmentComplaints, environmentOf } from './environment.js'
import { nameOf, type Rendered } from './kustomize.js'
import { networkComplaints } from './network.js'
import { labelsOf, ofKind, podOf, selects } from './objects.js'
import { schemaComplaints } from './schema.js'
import { at, type Branch, branch, branches, isBranch, textAt } from './tree.js'
import { workloadComplaints } from './workload.js'

/** Secrets are made by whoever runs the cluster (deploy/README.md says how); these are the ones there are, with their keys. */
const secrets: Record<string, readonly string[]> = {
  mysql: ['app', 'base', 'keeper', 'replication'],
  redis: ['password', 'witness'],
  tokens: ['keys'],
  topology: ['topology.json'],
  viewers: ['keys'],
}

/** Everything that is wrong with what an overlay renders to. */
export async function clusterComplaints(all: readonly Rendered[]): Promise<string[]> {
  const faults = await Promise.all(ofKind(all, 'Deployment').map((item) => ofDeployment(item, all)))
  return [
    ...all.flatMap(schemaComplaints),
    ...faults.flat(),
    ...ofKind(all, 'Service').flatMap((item) => serviceComplaints(item, all)),
    ...['PodDisruptionBudget', 'HorizontalPodAutoscaler'].flatMap((kind) =>
      ofKind(all, kind).flatMap((item) => aimComplaints(item, all)),
    ),
    ...networkComplaints(all),
  ]
}

async function ofDeployment(item: Rendered, all: readonly Rendered[]): Promise<string[]> {
  const faults: string[] = []
  const say = (fault: string) => void faults.push(`${nameOf(item)}: ${fault}`)
  const configMaps = new Map(ofKind(all, 'ConfigMap').map(({ object }) => [textAt(object, 'metadata.name'), object]))
  for (const container of branches(podOf(item)['containers'])) {
    const env = environmentOf(container, configMaps, say)
    const app = textAt(container, 'name')
    if (app === 'edge') continue
    for (const fault of await environmentComplaints(app as AppName, env)) say(fault)
  }
  for (const fault of referenceFaults(item, configMaps, all)) say(fault)
  for (const fault of workloadComplaints(item.object)) say(fault)
  return faults
}

function referenceFaults(item: Rendered, configMaps: ReadonlyMap<string, Branch>, all: readonly Rendered[]): string[] {
  const pod = podOf(item)
  const has = (kind: string, name: string) => all.some((other) => nameOf(other) === `${kind} ${name}`)
  const faults: string[] = []
  const volumes = branches(pod['volumes'])
  for (const volume of volumes) {
    const map = textAt(volume, 'configMap.name')
    const claim = textAt(volume, 'persistentVolumeClaim.claimName')
    const secret = textAt(volume, 'secret.secretName')
    if (map && !configMaps.has(map)) faults.push(`mounts ConfigMap ${map}, which is not there`)
    if (claim && !has('PersistentVolumeClaim', claim)) faults.push(`mounts the claim ${claim}, which is not there`)
    if (secret && !secrets[secret]) faults.push(`mounts Secret ${secret}, which is not one of those there are`)
  }
  for (const container of branches(pod['containers'])) {
    for (const { name } of branches(container['volumeMounts'])) {
      if (!volumes.some((volume) => volume['name'] === name))
        faults.push(`mounts ${String(name)}, which is no volume of it`)
    }
    for (const variable of branches(container['env'])) {
      const ref = branch(at(variable, 'valueFrom.secretKeyRef'))
      const { name, key } = ref
      if (name === undefined || secrets[String(name)]?.includes(String(key))) continue
      faults.push(`names key ${String(key)} of Secret ${String(name)}, which is not one of those there are`)
    }
  }
  const account = textAt(pod, 'serviceAccountName')
  if (!has('ServiceAccount', account)) faults.push(`runs as ServiceAccount ${account}, which is not there`)
  const priority = textAt(pod, 'priorityClassName')
  if (priority && !has('PriorityClass', priority)) faults.push(`has PriorityClass ${priority}, which is not there`)
  return faults
}

function serviceComplaints(item: Rendered, all: readonly Rendered[]): string[] {
  const selector = { matchLabels: branch(at(item.object, 'spec.selector')) }
  const picked = ofKind(all, 'Deployment').filter((other) => selects(selector, labelsOf(other)))
  if (picked.length !== 1) return [`${nameOf(item)}: picks pods of ${picked.length} Deployments instead of one`]
  const names = picked.flatMap((other) =>
    branches(podOf(other)['containers']).flatMap(({ ports }) => branches(ports).map(({ name }) => name)),
  )
  return branches(at(item.object, 'spec.ports'))
    .filter(({ targetPort }) => !names.includes(targetPort ?? ''))
    .map(({ targetPort }) => `${nameOf(item)}: leads to port ${String(targetPort)}, which its pods do not have`)
}

/** A budget or an autoscaler that aims at nothing is silent in the cluster. */
function aimComplaints(item: Rendered, all: readonly Rendered[]): string[] {
  const deployments = ofKind(all, 'Deployment')
  const target = at(item.object, 'spec.scaleTargetRef')
  if (isBranch(target)) {
    const found = deployments.find((other) => nameOf(other) === `${textAt(target, 'kind')} ${textAt(target, 'name')}`)
    if (!found) return [`${nameOf(item)}: scales ${textAt(target, 'name')}, which is not there`]
    const fixed = at(found.object, 'spec.replicas') !== undefined
    return fixed ? [`${nameOf(item)}: its Deployment says replicas too, and each apply would undo the scaling`] : []
  }
  const selector = branch(at(item.object, 'spec.selector'))
  return deployments.some((other) => selects(selector, labelsOf(other))) ? [] : [`${nameOf(item)}: picks no pods`]
}
