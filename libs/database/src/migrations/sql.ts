/** A table as all of ours are. A migration that has run stays as it was: whoever needs another form writes another function. */
export const table = (name: string, columns: string) =>
  `CREATE TABLE IF NOT EXISTS ${name} (${columns}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci`

/** A column of an id: ASCII, compared byte by byte. */
export const id = (name: string) => `${name} VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL`
