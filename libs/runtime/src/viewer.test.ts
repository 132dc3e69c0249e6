import { describe, expect, it } from '@jest/globals'
import { viewerOf } from './viewer.js'

const anna = { id: 'anna', name: 'Ánna 🦊', avatar: 'fox', cohort: '' }
const told = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('whose request it is', () => {
  it('is who access says it is', () => {
    expect(viewerOf(told(anna))).toEqual(anna)
  })

  it('may be the longest viewer there is', () => {
    const longest = { id: '界'.repeat(120), name: '界'.repeat(40), avatar: '界'.repeat(32), cohort: '界'.repeat(64) }
    expect(viewerOf(told(longest))).toEqual(longest)
  })

  it.each([
    ['nothing', undefined],
    ['two headers', [told(anna), told(anna)]],
    ['no JSON', 'rubbish'],
    ['somebody without an id', told({ ...anna, id: '' })],
    ['half a viewer', told({ id: 'anna' })],
    ['too much', told({ ...anna, more: 'x'.repeat(3_000) })],
  ])('is nobody’s when it says %s', (_, header) => {
    expect(viewerOf(header)).toBeUndefined()
  })
})
