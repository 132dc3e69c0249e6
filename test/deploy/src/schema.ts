import { validate as deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment'
import { validate as autoscaler } from 'kubernetes-models/_schemas/IoK8sApiAutoscalingV2HorizontalPodAutoscaler'
import { validate as configMap } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap'
import { validate as namespace } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Namespace'
import { validate as volumeClaim } from 'kubernetes-models/_schemas/IoK8sApiCoreV1PersistentVolumeClaim'
import { validate as service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service'
import { validate as serviceAccount } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount'
import { validate as networkPolicy } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy'
import { validate as disruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget'
import { validate as priorityClass } from 'kubernetes-models/_schemas/IoK8sApiSchedulingV1PriorityClass'
import { nameOf, type Rendered } from './kustomize.js'
import { textAt } from './tree.js'

interface Fault {
  instancePath: string
  message?: string
  keyword: string
  params: Record<string, unknown>
}

/** Kubernetes' own schemas, compiled. A Secret has none here: none belongs into a file. */
const schemas: Record<string, (data: unknown) => boolean> = {
  'apps/v1 Deployment': deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': autoscaler,
  'v1 ConfigMap': configMap,
  'v1 Namespace': namespace,
  'v1 PersistentVolumeClaim': volumeClaim,
  'v1 Service': service,
  'v1 ServiceAccount': serviceAccount,
  'networking.k8s.io/v1 NetworkPolicy': networkPolicy,
  'policy/v1 PodDisruptionBudget': disruptionBudget,
  'scheduling.k8s.io/v1 PriorityClass': priorityClass,
}

/** What an object's schema says against it, unknown fields included. */
export function schemaComplaints(item: Rendered): string[] {
  const { object } = item
  const kind = `${textAt(object, 'apiVersion')} ${textAt(object, 'kind')}`
  const validate = schemas[kind]
  if (!validate) return [`${nameOf(item)}: ${kind} is not a kind that belongs here`]
  const unread: Unread[] = []
  const valid = validate(watched(object, '', unread))
  const faults = valid ? [] : ((validate as { errors?: Fault[] }).errors ?? [])
  return [
    ...faults.map(
      ({ instancePath, keyword, params }) =>
        `${nameOf(item)}: ${instancePath || '/'}: ${keyword} ${JSON.stringify(params)}`,
    ),
    ...unread.flatMap(({ path, keys }) =>
      [...keys].map((key) => `${nameOf(item)}: ${path}/${key}: there is no such field`),
    ),
  ]
}

interface Unread {
  path: string
  keys: Set<string>
}

/**
 * The same value, noting which of its fields are looked at. The schemas name all fields there are but forbid no others, as
 * the cluster itself drops what it does not know; so a field that validating never looked at is one nobody knows.
 */
function watched<T>(value: T, path: string, unread: Unread[]): T {
  if (typeof value !== 'object' || value === null) return value
  const keys = new Set(Object.keys(value))
  unread.push({ path, keys })
  const inner = new Map<string | symbol, unknown>()
  return new Proxy(value, {
    get(target, key) {
      if (typeof key === 'string') keys.delete(key)
      const found: unknown = Reflect.get(target, key)
      if (typeof found !== 'object' || found === null) return found
      const seen = inner.get(key) ?? watched(found, `${path}/${String(key)}`, unread)
      inner.set(key, seen)
      return seen
    },
  })
}
