import { setTimeout as pause } from 'node:timers/promises'
import type { Block } from '@gala/contracts'
import { seededRandom } from '@gala/kernel/testing'
import { loopback } from '@gala/viewers'
import { BlockBook } from './block-book.js'
import { add, judge, ledgerOf, noFindings } from './oracle.js'
import type { Accepted, CrowdOrder, CrowdPlan, CrowdWord, Judged } from './plan.js'
import { Tickets } from './tickets.js'
import { Viewer } from './viewer.js'

/** A program of its own: what it costs to be many viewers must not hold up whoever breaks things. */
const plan = JSON.parse(process.argv[2] ?? '') as CrowdPlan
const tellEveryMs = 100
const delayMaxMs = 120_000

const random = seededRandom(plan.seed)
const book = new BlockBook()
const tickets = new Tickets(plan.urls, plan.room)
const closes: Record<string, number> = {}
const trouble: Record<string, number> = {}
const welcomesPerS: Record<number, number> = {}
const delays = { gift: new Map<number, number>(), chat: new Map<number, number>() }
const ever = new Set<Viewer>()
let markedAtMs = 0

const viewers = Array.from(
  { length: plan.viewers },
  (_, i) =>
    new Viewer(loopback(plan.firstAddress + i), i < plan.slow, {
      book,
      tickets,
      random,
      onOpen: (viewer) => {
        ever.add(viewer)
        count(welcomesPerS, Math.floor(Date.now() / 1_000))
      },
      onClose: (why) => count(closes, why),
      onTrouble: (what) => count(trouble, what),
      onBlock: time,
    }),
)

process.on('message', (order: CrowdOrder) => {
  if (order.do === 'mark') mark()
  else if (order.do === 'judge') tell({ kind: 'judged', ...judged(order.accepted) })
  else stop()
})
// Whoever started us is gone: nobody wants to know.
process.on('disconnect', () => process.exit())
const teller = setInterval(() => {
  const open = viewers.filter(({ isOpen }) => isOpen).length
  tell({ kind: 'state', open, everOpen: ever.size, closes, trouble })
}, tellEveryMs)
for (const [i, viewer] of viewers.entries()) {
  setTimeout(() => void viewer.connect(), (i / plan.connectPerS) * 1_000)
}

/** How long each message took from when its sender sent it until a viewer with a good line had it. */
function time(viewer: Viewer, { messages }: Block) {
  // What a newcomer is given is older than they are.
  if (viewer.isSlow || viewer.blocks.length < 20) return
  const nowMs = Date.now()
  for (const { type, at, underWayMs } of messages) {
    if (type !== 'gift' && type !== 'chat') continue
    const took = Math.min(delayMaxMs, Math.max(0, nowMs - at + underWayMs))
    delays[type].set(took, (delays[type].get(took) ?? 0) + 1)
  }
}

function mark() {
  markedAtMs = Date.now()
  const instances: Record<string, number> = {}
  for (const { instance, isOpen } of viewers) if (isOpen) count(instances, instance)
  tell({ kind: 'marked', instances })
}

function judged(accepted: readonly Accepted[]): Judged {
  const ledger = ledgerOf(accepted)
  const findings = (isSlow: boolean) =>
    viewers
      .filter((viewer) => viewer.isSlow === isSlow)
      .reduce((sum, viewer) => add(sum, judge(viewer, ledger)), noFindings())
  return {
    viewers: { healthy: viewers.filter(({ isSlow }) => !isSlow).length, slow: plan.slow },
    healthy: findings(false),
    slow: findings(true),
    healthyCut: viewers.filter(({ isSlow, cuts }) => !isSlow && cuts > 0).length,
    giftDelays: Object.fromEntries(delays.gift),
    chatDelays: Object.fromEntries(delays.chat),
    returns: viewers.flatMap(({ returns }) => returns.filter(({ leftAtMs }) => leftAtMs >= markedAtMs)),
    welcomesPerS,
  }
}

function stop() {
  clearInterval(teller)
  for (const viewer of viewers) viewer.end()
  tickets.close()
  void pause(100).then(() => process.exit())
}

function count(counts: Record<string | number, number>, what: string | number) {
  counts[what] = (counts[what] ?? 0) + 1
}

function tell(word: CrowdWord) {
  process.send?.(word)
}
