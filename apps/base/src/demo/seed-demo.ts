import { type Programme, tags } from '@gala/contracts'
import {
  AuditEntity,
  type Database,
  EventEntity,
  JobEntity,
  JobSlotEntity,
  ProgrammeEntity,
  RunningOrderEntity,
  TimelineEntity,
  toEvent,
} from '@gala/database'
import type { Clock } from '@gala/kernel'
import { type EntityManager, In } from 'typeorm'
import { SlotsRepository } from '../jobs/slots.repository.js'
import { templates } from '../timeline/templates.js'
import { TimelineRepository } from '../timeline/timeline.repository.js'
import { planTimeline } from '../timeline/timeline-plan.js'
import { type DemoEvent, novaLaunch, springGala } from './demo-events.js'

const minuteMs = 60_000
/** A demo that ends sooner than this is moved: a newcomer should find the gala live, and find it live for a while. */
const enoughLeftMs = 60 * minuteMs

/**
 * Writes the demo events, or moves those that are over (or, for a launch, begun) to the present. Goes through the same
 * transaction, outbox and audit as an operator's edit.
 * @returns the ids written.
 */
export async function seedDemo(database: Database, clock: Clock, dc: string): Promise<string[]> {
  const written: string[] = []
  for (const demo of [springGala, novaLaunch]) {
    const { id } = demo.event
    const found = await database.onWriter((manager) => manager.findOneBy(EventEntity, { id }))
    if (found && inTime(found, demo, clock.nowMs())) continue
    await database.write(async (manager) => {
      const held = await manager.findOneBy(EventEntity, { id })
      await place(manager, demo, held, clock.nowMs(), dc)
      await script(new TimelineRepository(new SlotsRepository(database)), manager, demo, clock.nowMs())
      written.push(id)
      return { value: undefined, tags: [tags.events, tags.event(id), tags.programmes(id), tags.jobs] }
    })
  }
  return written
}

function inTime(held: EventEntity, demo: DemoEvent, nowMs: number): boolean {
  // One with a script is played to its end by it, and begins anew after that.
  if (demo.timeline !== undefined && held.endAt.getTime() <= nowMs) return false
  // An operator may have changed the demo's status; only what is still what the demo made it is moved.
  if (held.status !== demo.event.status) return true
  if (demo.event.status === 'live') return held.endAt.getTime() - nowMs > enoughLeftMs
  return held.startAt.getTime() > nowMs
}

async function place(manager: EntityManager, demo: DemoEvent, held: EventEntity | null, nowMs: number, dc: string) {
  const { event, lastsMin } = demo
  // Whole minutes, so that the running order reads like one.
  const startMs = Math.floor(nowMs / minuteMs) * minuteMs + demo.startsInMin * minuteMs
  const at = new Date(nowMs)
  const times = { startAt: new Date(startMs), endAt: new Date(startMs + lastsMin * minuteMs), updatedAt: at }
  const version = (held?.version ?? 0) + 1
  const { status, room } = event
  await manager.save(EventEntity, held ? { ...held, ...times, status, room, version } : { ...event, ...times, version })
  const order = await manager.findOneBy(RunningOrderEntity, { eventId: event.id })
  const orderVersion = (order?.version ?? 0) + 1
  await manager.save(RunningOrderEntity, { eventId: event.id, version: orderVersion, updatedAt: at })
  await manager.delete(ProgrammeEntity, { eventId: event.id })
  const rows = programmes(demo, startMs)
  await manager.insert(
    ProgrammeEntity,
    rows.map((row, position) => ({ ...row, eventId: event.id, position, startAt: new Date(row.startAt) })),
  )
  await manager.insert(AuditEntity, {
    at,
    actor: 'demo-seed',
    role: 'admin',
    action: held ? 'demo.move' : 'demo.create',
    target: `event:${event.id}`,
    outcome: 'done',
    code: null,
    reason: 'demo data, relative to now',
    before: null as unknown as object,
    after: { startAt: times.startAt, endAt: times.endAt, items: rows.length },
    dc,
    traceId: '',
  })
}

/** The script anew: what was played of it before is forgotten, as it was a demo. */
async function script(
  timelines: TimelineRepository,
  manager: EntityManager,
  { event: { id }, timeline }: DemoEvent,
  nowMs: number,
) {
  if (timeline === undefined) return
  const jobs = await manager.findBy(JobEntity, { eventId: id })
  await manager.delete(JobSlotEntity, { job: In(jobs.map((job) => job.id)) })
  await manager.delete(JobEntity, { eventId: id })
  const row = await manager.findOneByOrFail(EventEntity, { id })
  const event = toEvent(row)
  const { acts } = planTimeline([], templates[timeline], event, nowMs)
  const at = new Date(nowMs)
  await timelines.perform(manager, event, acts, { actor: 'demo-seed', at })
  const before = await timelines.timeline(manager, id)
  const version = (before?.version ?? 0) + 1
  await timelines.save(manager, {
    eventId: id,
    template: timeline,
    version,
    held: null,
    updatedAt: at,
  } satisfies TimelineEntity)
}

/** The items back to back from the start. */
function programmes({ items }: DemoEvent, startMs: number): Programme[] {
  let atMs = startMs
  return items.map(([id, title, titleEn, kind, performers, minutes]) => {
    const startAt = new Date(atMs).toISOString()
    atMs += minutes * minuteMs
    return { id, title, titleEn, kind, performers, startAt, durationS: minutes * 60 }
  })
}
