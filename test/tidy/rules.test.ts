import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { publicApi } from '@gala/contracts'
import { describe, expect, it } from '@jest/globals'

const root = resolve(import.meta.dirname, '../..')

function sources(dir: string): string[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'dist', 'planted'].includes(entry.name) ? [] : sources(path)
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [path] : []
  })
}

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const product = ['apps', 'libs'].flatMap(sources)
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')

describe('tidy rules', () => {
  it('keeps every main.ts to fifteen lines', () => {
    const mains = product.filter((file) => /apps\/[^/]+\/src\/main\.ts$/.test(file))
    expect(mains.length).toBeGreaterThanOrEqual(3)
    for (const file of mains) expect([file, read(file).trimEnd().split('\n').length <= 15]).toEqual([file, true])
  })

  it('names no feature in access', () => {
    // Rooms are long connections, and who is let in as a guest is decided here: both are access's own.
    const names = Object.keys(publicApi).filter((name) => !['time', 'rooms', 'guests'].includes(name))
    const words = new RegExp(`\\b(${[...names, 'event', 'programme', 'like'].join('|')})\\b`, 'i')
    const named = sources('apps/access')
      .filter((file) => !/\.test\.ts$/.test(file) && !file.startsWith('apps/access/src/rooms/'))
      .filter((file) => words.test(withoutComments(read(file))))
    expect(named).toEqual([])
  })

  it('takes time, chance, environment and console only in kernel and runtime', () => {
    const banned = /\b(Date\.now|Math\.random|setTimeout|setInterval|process\.env|console\.\w+)\b/
    // Pages and the SDK run in browsers, where the clock is the window's.
    const elsewhere = product.filter(
      (file) => !/^(libs\/(kernel|runtime|sdk)|apps\/web)\//.test(file) && !/test\.ts$/.test(file),
    )
    expect(elsewhere.filter((file) => banned.test(withoutComments(read(file))))).toEqual([])
  })

  it('only ever expands the schema', () => {
    const migrations = sources('libs/database/src/migrations')
    expect(migrations.length).toBeGreaterThan(0)
    const narrowing = /\b(DROP\s+(TABLE|COLUMN|INDEX)|RENAME\s+(TO|COLUMN|TABLE)|MODIFY|CHANGE\s+COLUMN|TRUNCATE)\b/i
    expect(migrations.filter((file) => narrowing.test(withoutComments(read(file))))).toEqual([])
    expect(narrowing.test('ALTER TABLE events DROP COLUMN title')).toBe(true)
  })

  it('keeps files short enough to read', () => {
    const long = [...product, ...sources('test')].filter((file) => read(file).split('\n').length > 300)
    expect(long.map((file) => relative('', file))).toEqual([])
  })

  it('escapes no type check', () => {
    const loose = /\bas any\b|: any\b|@ts-(ignore|expect-error|nocheck)/
    expect(
      product.filter((file) => loose.test(withoutComments(read(file))) && !file.endsWith('contract-route.ts')),
    ).toEqual([])
  })
})
