import { Relay } from '@gala/platform'
import type { Faults } from './faults.js'
import { pause } from './faults.js'
import type { Drill } from './rig.js'
import { underEdits } from './under-edits.js'

/** What replication passes while the link is to be cut: nothing else is. */
const open = { delayMs: 0, cutFrom: [], lossPercent: 0, dropPerS: 0 }
/** No part of the platform has this port. */
const afterWriterPort = 5

const load = { editors: 12, writesMin: 10_000 }

export const cacheDrill: Drill = {
  about: 'edits and reads while Redis, the bus, replication and processes break, one after the other',
  sizes: { application: 2 },
  run: (rig, say) => underEdits(rig, say, load, breakEverything),
}

async function breakEverything(faults: Faults) {
  const { dcs } = faults.rig.status
  const [a, b] = dcs.map(({ id }) => id) as [string, string]
  const redises = dcs.map(({ redis }) => redis)
  await faults.one('subscriptions of both DCs killed', [a, b], () => faults.cutSubscriptions(redises))
  await faults.one(`Redis of ${b} restarted empty`, [b], () => faults.restartedEmpty(b))
  await faults.one(`Redis of ${a} paused for 5 s`, [a], () => faults.paused(`${a}.redis`, 5_000))
  await faults.onReplica(b, async (query, writerPort) => {
    const passage = { from: b, listen: writerPort + afterWriterPort, port: writerPort }
    const link = await Relay.open([a, b], [passage], open)
    await query(`STOP SLAVE`)
    await query(`CHANGE MASTER TO MASTER_PORT=${passage.listen}`)
    await query(`START SLAVE`)
    await pause(1_000)
    await faults.one('link between the DCs cut for 20 s', [b], async () => {
      link.order({ cutFrom: [a, b] })
      await pause(20_000)
      link.order({ cutFrom: [] })
      await faults.followed('link between the DCs cut for 20 s', query)
    })
    await faults.one(`replica of ${b} stopped for 2 s`, [b], async () => {
      await query('STOP SLAVE SQL_THREAD')
      await pause(2_000)
      await query('START SLAVE SQL_THREAD')
      await faults.followed(`replica of ${b} stopped for 2 s`, query)
    })
    await faults.one(`replica of ${b} a second behind for 5 s`, [b], async () => {
      await query('STOP SLAVE')
      await query('CHANGE MASTER TO MASTER_DELAY=1')
      await query('START SLAVE')
      await pause(5_000)
      await query('STOP SLAVE')
      await query(`CHANGE MASTER TO MASTER_DELAY=0, MASTER_PORT=${writerPort}`)
      await query('START SLAVE')
    })
    link.close()
  })
  await faults.one(`an application of ${a} killed`, [a], () => faults.killed(`${a}.application-1`))
  await faults.one(`both applications of ${b} killed`, [b], async () => {
    await Promise.all([faults.killed(`${b}.application-1`), faults.killed(`${b}.application-2`)])
  })
}
