import { describe, expect, it } from '@jest/globals'
import { usedRatio } from './stores-watch.service.js'

describe('the memory of a Redis', () => {
  it('is the used part of what it may use', () => {
    expect(usedRatio('# Memory\r\nused_memory:512\r\nused_memory_rss:900\r\nmaxmemory:2048\r\n')).toBe(0.25)
  })

  it('says nothing of one that has no bound', () => {
    expect(usedRatio('# Memory\r\nused_memory:512\r\nmaxmemory:0\r\n')).toBeUndefined()
    expect(usedRatio('')).toBeUndefined()
  })
})
