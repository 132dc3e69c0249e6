/**
 * A question to the lake: one text that DuckDB, Spark and Hive read alike. Its tables are views that whoever runs it has made over the
 * rows it is to be about. Arithmetic is in whole numbers, a name that is missing reads as '', and the order leaves nothing open:
 * the same rows give the same answer everywhere.
 */
export interface Rollup {
  about: string
  sql: string
}
