import { describe, expect, it } from '@jest/globals'
import { imOptions } from './options.js'

describe('options of the bench of rooms', () => {
  it('measure everything unless told otherwise', () => {
    expect(imOptions([])).toMatchObject({ payload: true, sockets: [2_000, 10_000], rounds: 3 })
    expect(imOptions(['--only', 'payload'])).toMatchObject({ payload: true, contenders: [] })
    expect(imOptions(['--only', 'ws,ours', '--sockets', '50', '--seconds', '2'])).toMatchObject({
      payload: false,
      contenders: ['ours', 'ws'],
      sockets: [50],
      seconds: 2,
    })
  })

  it.each([
    ['--only', 'nobody'],
    ['--sockets', '0'],
    ['--sockets', '1e9'],
    ['--rounds', 'x'],
    ['--seconds', '0.5'],
    ['--else'],
  ])('are not understood when they are %s %s', (...args) => {
    expect(imOptions(args)).toBeUndefined()
  })
})
