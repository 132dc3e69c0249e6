import { connectRedis } from '@gala/bus'
import { GrantKeeper, type Issue, Issuer, RedisGrantStore } from '@gala/escrow'
import { systemClock } from '@gala/kernel'
import { openBooks, terms } from './open-books.js'

export interface WorkerEnv {
  dc: string
  redisUrl: string
  keyPrefix: string
  /** Of a process that keeps grants; others only issue. */
  mysqlUrl: string | undefined
}

/** To a worker: from now on this stock, or a claimant that asks for one of it. */
export type Order = { stock: string } | { ask: number; claimant: string }
/** From it: ready to begin, or what a claimant is told. */
export type Word = { ready: true } | { ask: number; issue: Issue | undefined } | { ask: number; failed: string }

const sizes = { parcel: 4, leaseMs: 300, marginMs: 20, batchMax: 20, waitingMax: 1_000, emptyMs: 20 }
const grants = { amount: 24, credit: 12, lowWater: 12 }
const keepEveryMs = 30

// A drill that was killed leaves nobody behind.
process.once('disconnect', () => process.exit())
const env = JSON.parse(process.argv[2] ?? '{}') as WorkerEnv
const redis = connectRedis(env.redisUrl, () => {}, 500)
const store = new RedisGrantStore(redis, env.keyPrefix)
const word = (said: Word) => process.send?.(said, undefined, undefined, () => {})
if (env.mysqlUrl) keeps(env, env.mysqlUrl, store)
else issues(store, word)
if (redis.status !== 'ready') await new Promise((ready) => redis.once('ready', ready))
word({ ready: true })

function issues(store: RedisGrantStore, word: (said: Word) => void) {
  let issuer: Issuer | undefined
  process.on('message', (order: Order) => {
    if ('stock' in order) {
      issuer = new Issuer({ store, stock: order.stock, clock: systemClock, ...sizes })
      return
    }
    const { ask, claimant } = order
    issuer?.issue(claimant).then(
      (issue) => word({ ask, issue }),
      (error: Error) => word({ ask, failed: error.message }),
    )
  })
}

function keeps({ dc }: WorkerEnv, mysqlUrl: string, store: RedisGrantStore) {
  const { books } = openBooks(mysqlUrl)
  let keeper: GrantKeeper | undefined
  process.on('message', (order: Order) => {
    if (!('stock' in order)) return
    keeper = new GrantKeeper({ books, store, stock: order.stock, dc, ...grants, marginMs: terms.marginMs })
  })
  const round = () => {
    void Promise.resolve(keeper?.turn())
      .catch(() => {})
      .then(() => systemClock.after(keepEveryMs, round))
  }
  round()
}
