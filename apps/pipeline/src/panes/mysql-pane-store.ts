import type { Database } from '@gala/database'
import type { Topic } from '@gala/eventlog'
import type { Clock } from '@gala/kernel'
import type { EntityManager } from 'typeorm'
import { addPanes, panesAt, removePanes } from './pane-rows.js'
import type { Commit, Folded, PaneStore, Standing } from './pane-store.js'
import { addPane, emptyPane, keyOf, type Pane } from './pane-sums.js'

interface MysqlPaneStoreOptions {
  database: Pick<Database, 'onWriter'>
  dc: string
  clock: Clock
}

/** Rows of one statement. */
const rowsMax = 200
/** Panes of ten seconds put together in one transaction: those of a minute. */
const startsMax = 6

/** Panes in the writing database server, wherever it is. */
export class MysqlPaneStore implements PaneStore {
  constructor(private readonly options: MysqlPaneStoreOptions) {}

  async standing(topic: Topic, part: number): Promise<Standing> {
    const { database, dc, clock } = this.options
    return await database.onWriter(async (manager) => {
      await manager.query(
        `INSERT IGNORE INTO pipeline_offset (dc, topic, part, next_offset, epoch, revision, newest_ms, updated_at)
         VALUES (?, ?, ?, 0, '', 0, 0, ?)`,
        [dc, topic, part, new Date(clock.nowMs())],
      )
      const [row] = await manager.query<{ next_offset: string; epoch: string; revision: string }[]>(
        'SELECT next_offset, epoch, revision FROM pipeline_offset WHERE dc = ? AND topic = ? AND part = ?',
        [dc, topic, part],
      )
      // Later than the revision at most: then a commit was between, and this standing commits nothing.
      const places = await manager.query<{ source: string; place: string }[]>(
        'SELECT source, place FROM pipeline_place WHERE dc = ? AND topic = ? AND part = ?',
        [dc, topic, part],
      )
      return {
        nextOffset: Number(row?.next_offset),
        epoch: row?.epoch ?? '',
        revision: Number(row?.revision),
        places: new Map(places.map(({ source, place }) => [source, Number(place)])),
      }
    })
  }

  async commit(topic: Topic, part: number, commit: Commit): Promise<boolean> {
    const { database, dc } = this.options
    return await database.onWriter(async (manager) => {
      if (!(await this.#move(manager, topic, part, commit))) return false
      await this.#keepPlaces(manager, topic, part, commit.places)
      await this.#countDuplicates(manager, topic, part, commit.duplicates)
      await addPanes(manager, { dc, part, spanS: 10 }, commit.panes, commit.audiences)
      return true
    })
  }

  async fold(topic: Topic, part: number, revision: number, beforeMs: number): Promise<Folded> {
    const { database, dc } = this.options
    const route = topic === 'requests' ? "route <> ''" : "route = ''"
    return await database.onWriter(async (manager) => {
      const found = await manager.query<{ start_ms: string }[]>(
        `SELECT DISTINCT start_ms FROM pane WHERE span_s = 10 AND start_ms < ? AND dc = ? AND link = 'stream' AND part = ? AND ${route}
         ORDER BY start_ms LIMIT ?`,
        [beforeMs, dc, part, startsMax],
      )
      if (found.length === 0) return { revision, more: false }
      if (!(await this.#raise(manager, topic, part, revision))) return { revision: undefined, more: false }
      const starts = found.map(({ start_ms: start }) => Number(start))
      const minutes = new Map<string, Pane>()
      const heard: Commit['audiences'][number][] = []
      for (const { pane, viewers, sessions } of await panesAt(manager, { dc, part, spanS: 10 }, starts, route)) {
        const key = { ...pane, startMs: pane.startMs - (pane.startMs % 60_000) }
        minutes.set(keyOf(key), addPane(minutes.get(keyOf(key)) ?? emptyPane(key), pane))
        if (viewers !== null || sessions !== null) {
          heard.push({ event: pane.event, minuteMs: key.startMs, viewers: viewers ?? 0, sessions: sessions ?? 0 })
        }
      }
      await addPanes(manager, { dc, part, spanS: 60 }, [...minutes.values()], heard)
      await removePanes(manager, { dc, part, spanS: 10 }, starts, route)
      return { revision: revision + 1, more: found.length === startsMax }
    })
  }

  async #move(manager: EntityManager, topic: Topic, part: number, commit: Commit): Promise<boolean> {
    const { dc, clock } = this.options
    // First of all: whoever has been replaced waits here for who has replaced it, and then changes nothing.
    const { affectedRows } = await manager.query<{ affectedRows: number }>(
      `UPDATE pipeline_offset SET next_offset = ?, epoch = ?, revision = revision + 1, newest_ms = GREATEST(newest_ms, ?), updated_at = ?
       WHERE dc = ? AND topic = ? AND part = ? AND revision = ?`,
      [
        commit.nextOffset,
        commit.epoch,
        commit.newestMs,
        new Date(clock.nowMs()),
        ...[dc, topic, part, commit.revision],
      ],
    )
    return affectedRows === 1
  }

  async #raise(manager: EntityManager, topic: Topic, part: number, revision: number): Promise<boolean> {
    const { affectedRows } = await manager.query<{ affectedRows: number }>(
      'UPDATE pipeline_offset SET revision = revision + 1 WHERE dc = ? AND topic = ? AND part = ? AND revision = ?',
      [this.options.dc, topic, part, revision],
    )
    return affectedRows === 1
  }

  async #keepPlaces(manager: EntityManager, topic: Topic, part: number, places: ReadonlyMap<string, number>) {
    const { dc, clock } = this.options
    const now = new Date(clock.nowMs())
    for (const rows of inPortions([...places])) {
      await manager.query(
        `INSERT INTO pipeline_place (dc, topic, part, source, place, updated_at) VALUES ${rows.map(() => '(?, ?, ?, ?, ?, ?)').join(', ')}
         ON DUPLICATE KEY UPDATE place = VALUES(place), updated_at = VALUES(updated_at)`,
        rows.flatMap(([source, place]) => [dc, topic, part, source, place, now]),
      )
    }
  }

  async #countDuplicates(manager: EntityManager, topic: Topic, part: number, cut: ReadonlyMap<number, number>) {
    for (const rows of inPortions([...cut])) {
      await manager.query(
        `INSERT INTO pipeline_duplicates (minute_ms, dc, topic, part, cut) VALUES ${rows.map(() => '(?, ?, ?, ?, ?)').join(', ')}
         ON DUPLICATE KEY UPDATE cut = cut + VALUES(cut)`,
        rows.flatMap(([minute, count]) => [minute, this.options.dc, topic, part, count]),
      )
    }
  }
}

function inPortions<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / rowsMax) }, (_, i) => rows.slice(i * rowsMax, (i + 1) * rowsMax))
}
