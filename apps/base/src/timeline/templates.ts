import { jobPolicySchema, type StepGiven, type TimelineTemplate } from '@gala/contracts'

type Step = Pick<StepGiven, 'key' | 'title' | 'at' | 'handler'> & Partial<StepGiven>

/** What a step does when it is late, fails, or meets itself, unless it says otherwise: it is done once, as soon as it can be. */
export const stepPolicy = jobPolicySchema.parse({
  misfire: { policy: 'once' },
  overlap: 'queue-one',
  timeoutMs: 60_000,
  retries: { max: 3, backoffMs: 1_000 },
})

/** Before the start: what both kinds of event need. */
const opening: readonly Step[] = [
  { key: 'first-check', title: 'Go or no-go, first look', at: 'T-30m', handler: 'readiness' },
  { key: 'open-room', title: 'Open the room', at: 'T-30m', handler: 'room', params: { to: 'open' } },
  {
    key: 'preheat',
    title: 'Put the event on preheat',
    at: 'T-30m',
    handler: 'event-status',
    params: { to: 'preheat' },
  },
  { key: 'warm', title: 'Warm the caches of both data centres', at: 'T-20m', handler: 'warm' },
  {
    key: 'remind',
    title: 'Write the reminder down for ten minutes before',
    at: 'T-15m',
    handler: 'remind',
    params: {
      name: 'starts-soon',
      audience: 'followers',
      title: 'It starts in ten minutes',
      body: 'Doors are open; come in.',
      at: 'T-10m',
    },
  },
  {
    key: 'arm-rules',
    title: 'Arm the rule on late event loops',
    at: 'T-10m',
    handler: 'rule-mode',
    params: { rule: 'loop-delay', mode: 'on' },
  },
  { key: 'check', title: 'Go or no-go', at: 'T-5m', handler: 'readiness', onFailure: 'hold' },
  { key: 'warm-again', title: 'Warm the caches again', at: 'T-2m', handler: 'warm' },
  { key: 'snapshot', title: 'Leave the last-resort pages at the edges', at: 'T-1m', handler: 'snapshot' },
  {
    key: 'go-live',
    title: 'Go live',
    at: 'T',
    handler: 'event-status',
    params: { to: 'live' },
    irreversible: true,
    onFailure: 'hold',
  },
]

const closing: readonly Step[] = [
  {
    key: 'end',
    title: 'End the event',
    at: 'END',
    handler: 'event-status',
    params: { to: 'ended' },
    onFailure: 'hold',
  },
  { key: 'close-room', title: 'Close the room', at: 'END+5m', handler: 'room', params: { to: 'closed' } },
  {
    key: 'publish-replay',
    title: 'Publish the replay',
    at: 'END+10m',
    handler: 'event-status',
    params: { to: 'replay' },
    irreversible: true,
  },
  { key: 'report', title: 'Put the report together', at: 'END+15m', handler: 'report' },
]

/** The rush of a launch is its first minutes: what matters least makes room for them. */
const guard: readonly Step[] = [
  {
    key: 'guard',
    title: 'Raise the guard: cut what matters least',
    at: 'T-1m',
    handler: 'level',
    params: { to: 1, ttlMs: 1_800_000 },
  },
  { key: 'release-guard', title: 'Release the guard', at: 'T+10m', handler: 'level', params: { to: 0 } },
]

const complete = (step: Step): StepGiven => ({ params: {}, irreversible: false, onFailure: 'go-on', ...step })

/** The scripts there are, by kind of event. */
export const templates: Readonly<Record<TimelineTemplate, readonly StepGiven[]>> = {
  launch: [...opening.slice(0, -1), ...guard.slice(0, 1), ...opening.slice(-1), ...guard.slice(1), ...closing].map(
    complete,
  ),
  gala: [...opening, ...closing].map(complete),
}
