import { describe, expect, it } from '@jest/globals'
import { contenderNames, httpOptions } from './options.js'

describe('flags of the http bench', () => {
  it('measure everything in five rounds unless they say otherwise', () => {
    expect(httpOptions([])).toMatchObject({
      contenders: contenderNames,
      parts: ['latency', 'catalogue', 'tracing'],
      rounds: 5,
    })
    expect(httpOptions(['--json', '--chart', '--rounds', '2'])).toMatchObject({ json: true, chart: true, rounds: 2 })
  })

  it('leave out what is not named', () => {
    expect(httpOptions(['--only', 'ours,node'])).toMatchObject({ contenders: ['node', 'ours'], parts: [] })
    expect(httpOptions(['--only', 'catalogue'])).toMatchObject({ contenders: [], parts: ['catalogue'] })
  })

  it('measure what ours bears when its latency is asked for', () => {
    expect(httpOptions(['--only', 'latency'])).toMatchObject({ contenders: ['ours'], parts: ['latency'] })
  })

  it.each([['--fast'], ['--only', 'apache'], ['--only'], ['--rounds', '0'], ['--rounds', '1.5'], ['--rounds']])(
    'are refused when they make no sense: %s %s',
    (...args) => expect(httpOptions(args)).toBeUndefined(),
  )
})
