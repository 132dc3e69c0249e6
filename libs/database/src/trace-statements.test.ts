import { describe, expect, it } from '@jest/globals'
import { operationOf } from './trace-statements.js'

describe('what a trace says of a statement', () => {
  it.each([
    ['SELECT value FROM change_sequence WHERE id = 1', 'SELECT', 'change_sequence'],
    ['SELECT `EventEntity`.`id` FROM `events` `EventEntity` WHERE id = "secret"', 'SELECT', 'events'],
    ['INSERT INTO outbox (position, tags, at) VALUES (1, "secret", 3)', 'INSERT', 'outbox'],
    ['UPDATE gala_local.writer SET safe = TRUE', 'UPDATE', 'writer'],
    ['DELETE FROM outbox WHERE position < 7', 'DELETE', 'outbox'],
    ['START TRANSACTION', 'START', undefined],
    ['  COMMIT', 'COMMIT', undefined],
    ['(SELECT 1)', 'QUERY', undefined],
  ])('%s: the verb and the table, no value', (sql, verb, table) => {
    expect(operationOf(sql)).toEqual({ verb, table })
  })
})
