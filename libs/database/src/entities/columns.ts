import type { ColumnOptions } from 'typeorm'

/** A moment in UTC to the millisecond. The driver runs with its time zone set to Z, so a Date goes in and out unchanged. */
export const momentColumn = (name: string): ColumnOptions => ({ name, type: 'datetime', precision: 3 })
