import { tags } from '@gala/contracts'
import { AuditEntity, CatalogueEntity, type Database, GiftEntity, WordListEntity } from '@gala/database'
import type { Clock } from '@gala/kernel'
import type { EntityManager } from 'typeorm'

const gifts: [kind: string, title: string, value: number][] = [
  ['rose', '玫瑰 Rose', 1],
  ['applause', '掌声 Applause', 5],
  ['lantern', '灯笼 Lantern', 10],
  ['fireworks', '烟花 Fireworks', 100],
  ['lion-dance', '醒狮 Lion dance', 500],
  ['golden-dragon', '金龙 Golden dragon', 1_000],
]

/** Harmless, so that anybody can try them out. */
const words = ['剧透', '代刷', '买粉', 'spoiler', 'buy followers', 'free coins']
const wordsId = 'demo'

/** Something to give and something to screen for, where nobody has written any: what operators have made of it stays. Returns whether it was written. */
export async function seedRooms(database: Database, clock: Clock, dc: string): Promise<boolean> {
  const there = (manager: EntityManager) => manager.existsBy(CatalogueEntity, { name: 'gifts' })
  if (await database.onWriter(there)) return false
  const { value } = await database.write(async (manager) => {
    if (await there(manager)) return { value: false, tags: [tags.gifts] }
    const at = new Date(clock.nowMs())
    const by = { version: 1, updatedAt: at, updatedBy: 'demo-seed' }
    await manager.insert(CatalogueEntity, { name: 'gifts', ...by })
    await manager.insert(
      GiftEntity,
      gifts.map(([kind, title, value], sort) => ({ kind, title, value, active: 1, sort })),
    )
    const list = { id: wordsId, title: '示例 Demo words', act: 'room' as const, words: words.join('\n'), ...by }
    if (!(await manager.existsBy(WordListEntity, { id: wordsId }))) await manager.insert(WordListEntity, list)
    const entry = { at, actor: 'demo-seed', role: 'admin' as const, outcome: 'done' as const, code: null, dc }
    const more = { reason: 'demo data', before: null as unknown as object, traceId: '' }
    await manager.insert(AuditEntity, [
      { ...entry, ...more, action: 'demo.create', target: 'gifts', after: { items: gifts.length } },
      { ...entry, ...more, action: 'demo.create', target: `words:${wordsId}`, after: { words: words.length } },
    ])
    return { value: true, tags: [tags.gifts, tags.words] }
  })
  return value
}
