import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './environment.js'
import { at, type Branch, branch, branches, textAt } from './tree.js'

/** What a process of ours takes to stop, at most: libs/runtime ends it by itself after that. The edge: see its template. */
const stopWithinS =
  Number(
    /stopWithinMs = ([\d_]+)/.exec(readFileSync(join(root, 'libs/runtime/src/run.ts'), 'utf8'))?.[1]?.replace('_', ''),
  ) / 1_000
/** Until every node has heard that a pod is going. */
const leaveS = 5

const probes = { startupProbe: '/startupz', readinessProbe: '/readyz', livenessProbe: '/livez' }

/** House rules for what runs: what keeps a rollout, a drain or a dying node from being seen by the audience. */
export function workloadComplaints(deployment: Branch): string[] {
  const faults: string[] = []
  const pod = branch(at(deployment, 'spec.template.spec'))
  const need = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault)
  }
  const rolling = branch(at(deployment, 'spec.strategy.rollingUpdate'))
  need(rolling['maxUnavailable'] === 0, 'a rollout may take pods away before others stand in: maxUnavailable is not 0')
  need(
    pod['enableServiceLinks'] === false,
    'enableServiceLinks is not false: variables of the cluster would stop the process',
  )
  need(pod['automountServiceAccountToken'] === false, 'has a token of the cluster mounted, which it has no use for')
  need(branches(pod['topologySpreadConstraints']).length > 0, 'is not spread over zones')
  need(at(pod, 'affinity.podAntiAffinity') !== undefined, 'may have all its pods on one node')
  need(at(pod, 'securityContext.runAsNonRoot') === true, 'may run as root')
  for (const container of branches(pod['containers'])) faults.push(...containerFaults(container, pod))
  return faults
}

function containerFaults(container: Branch, pod: Branch): string[] {
  const faults: string[] = []
  const edge = container['name'] === 'edge'
  for (const [probe, path] of Object.entries(probes)) {
    const wanted = edge ? '/edgez' : path
    const found = textAt(container, `${probe}.httpGet.path`)
    if (found !== wanted) faults.push(`${probe} asks ${found || 'nothing'} instead of ${wanted}`)
    const ports = branches(container['ports']).map(({ name }) => name)
    if (found && !ports.includes(textAt(container, `${probe}.httpGet.port`)))
      faults.push(`${probe} asks a port it has not`)
  }
  for (const bound of ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']) {
    if (!textAt(container, `resources.${bound}`)) faults.push(`resources.${bound} is not said`)
  }
  const image = textAt(container, 'image')
  if (!/:\d/.test(image)) faults.push(`the image ${image} is not pinned to a version`)
  const graceS = Number(pod['terminationGracePeriodSeconds'] ?? 30)
  const command = at(container, 'lifecycle.preStop.exec.command')
  const waitS = Number(
    /sleep (\d+)/.exec(JSON.stringify(command ?? ''))?.[1] ?? textAt(container, 'lifecycle.preStop.sleep.seconds'),
  )
  if (waitS < leaveS) faults.push(`preStop waits ${waitS} s, and nodes need ${leaveS} s to hear that the pod is going`)
  if (graceS < waitS + stopWithinS) {
    faults.push(
      `terminationGracePeriodSeconds ${graceS} is less than preStop (${waitS} s) and draining (${stopWithinS} s)`,
    )
  }
  return faults
}
