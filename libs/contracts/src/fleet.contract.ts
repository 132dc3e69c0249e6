import { z } from 'zod'
import { moment, pageOf, paging, text } from './fields.js'
import { roles, route } from './route.js'
import { type Switchboard, switchboardSchema } from './switches.contract.js'

const partKinds = ['edge', 'access', 'application', 'base', 'pipeline', 'redis', 'kafka', 'mysql', 'stream'] as const

/** Body of `/readyz` on every app. */
export const readinessSchema = z.object({
  ready: z.boolean(),
  app: z.string(),
  dc: z.string(),
  instance: z.string(),
  release: z.string(),
  startedAt: moment,
  appliedPosition: z
    .int()
    .nullable()
    .meta({ description: 'Position of the newest change this process has applied; null: it follows none' }),
  dependencies: z.record(z.string(), z.enum(['up', 'down'])),
})
export type Readiness = z.output<typeof readinessSchema>

/** The file that tells base which parts exist and where to probe them. Holds credentials; readable by its owner only. */
export const topologySchema = z.object({
  dcs: z
    .array(
      z.object({
        id: z.string(),
        parts: z.array(z.object({ name: z.string(), kind: z.enum(partKinds), url: z.string() })).max(500),
      }),
    )
    .min(1)
    .max(8),
})
export type Topology = z.output<typeof topologySchema>

const instanceSchema = z
  .object({
    name: z.string(),
    kind: z.enum(partKinds),
    dc: z.string(),
    url: z.string().meta({ description: 'Without credentials' }),
    state: z.enum(['up', 'degraded', 'down']),
    detail: z.string().nullable(),
    release: z.string().nullable(),
    startedAt: moment.nullable(),
    appliedPosition: z.int().nullable(),
    dependencies: z.record(z.string(), z.enum(['up', 'down'])),
    probedAt: moment,
    latencyMs: z.number().nullable(),
  })
  .meta({ id: 'Instance' })
export type Instance = z.output<typeof instanceSchema>

const auditSchema = z
  .object({
    id: z.int(),
    at: moment,
    actor: z.string(),
    role: z.enum(roles),
    action: z.string(),
    target: z.string(),
    outcome: z.enum(['done', 'refused']),
    code: z.string().nullable().meta({ description: 'Problem code of a refused write' }),
    reason: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    dc: z.string(),
    traceId: z.string(),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.output<typeof auditSchema>

export const opsFleetApi = {
  me: route({
    name: 'ops.fleet.me',
    summary: 'Who this token says you are',
    method: 'GET',
    path: '/ops/v1/me',
    reply: z.object({ subject: z.string(), role: z.enum(roles), expiresAt: moment, dc: z.string() }),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 2000,
    role: 'viewer',
  }),
  instances: route({
    name: 'ops.fleet.instances',
    summary: 'Every part of every data centre: alive, where, which release, how far it has followed changes',
    method: 'GET',
    path: '/ops/v1/instances',
    reply: z.object({ items: z.array(instanceSchema), position: z.int().nullable() }),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'viewer',
  }),
  audit: route({
    name: 'ops.fleet.audit',
    summary: 'Who did what, when and why, newest first',
    method: 'GET',
    path: '/ops/v1/audit',
    query: { target: text(120).optional(), ...paging },
    reply: pageOf(auditSchema),
    criticality: 'critical',
    onDegraded: 'refuse',
    timeoutMs: 5000,
    role: 'viewer',
  }),
}

/** `GET /ops/v1/stream`: server-sent events; the `event:` field is one of these keys, `data:` the JSON named here. */
export const opsStreamPath = '/ops/v1/stream'
export const opsStreamEvents = {
  fleet: opsFleetApi.instances.reply,
  audit: auditSchema,
  switchboard: switchboardSchema,
}
export type OpsStreamMessage =
  | { event: 'fleet'; data: z.output<typeof opsStreamEvents.fleet> }
  | { event: 'audit'; data: AuditEntry }
  | { event: 'switchboard'; data: Switchboard }
