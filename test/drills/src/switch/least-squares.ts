/** What each of several causes adds, and how sure that is. */
export interface Effect {
  value: number
  low: number
  high: number
}

/** 95 of 100 lie within so many standard errors: Student's t for a hundred degrees of freedom, of which there have to be some. */
const t95 = 1.984
const freedomMin = 30

/**
 * The effects that explain `outcomes` best when effects add up: `causes[i][j]` says how much of cause j there was in trial i. Ordinary
 * least squares; the range is that of each effect by itself.
 * @throws when there are too few trials, or two causes that were never there without each other.
 */
export function leastSquares(causes: readonly (readonly number[])[], outcomes: readonly number[]): Effect[] {
  const width = causes[0]?.length ?? 0
  const freedom = causes.length - width
  if (freedom < freedomMin) throw new Error(`${causes.length} trials are too few for ${width} causes`)
  const normal = Array.from({ length: width }, (_, i) =>
    Array.from({ length: width }, (_, j) => causes.reduce((sum, row) => sum + at(row, i) * at(row, j), 0)),
  )
  const right = Array.from({ length: width }, (_, i) =>
    causes.reduce((sum, row, k) => sum + at(row, i) * at(outcomes, k), 0),
  )
  const inverse = inverted(normal)
  const values = inverse.map((row) => row.reduce((sum, each, j) => sum + each * at(right, j), 0))
  const left = causes.map((row, k) => at(outcomes, k) - row.reduce((sum, each, j) => sum + each * at(values, j), 0))
  const variance = left.reduce((sum, each) => sum + each * each, 0) / freedom
  return values.map((value, j) => {
    const half = t95 * Math.sqrt(variance * at(at(inverse, j), j))
    return { value, low: value - half, high: value + half }
  })
}

/** Gauss and Jordan, with the largest pivot of each column. */
function inverted(matrix: readonly (readonly number[])[]): number[][] {
  const n = matrix.length
  const rows = matrix.map((row, i) => [...row, ...Array.from({ length: n }, (_, j) => (i === j ? 1 : 0))])
  for (let column = 0; column < n; column++) {
    let best = column
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(at(at(rows, row), column)) > Math.abs(at(at(rows, best), column))) best = row
    }
    const pivot = at(rows, best)
    rows[best] = at(rows, column)
    rows[column] = pivot
    const by = at(pivot, column)
    if (Math.abs(by) < 1e-9) throw new Error('two causes were never there without each other')
    for (let j = 0; j < 2 * n; j++) pivot[j] = at(pivot, j) / by
    rows.forEach((row, i) => {
      const times = at(row, column)
      if (i === column || times === 0) return
      for (let j = 0; j < 2 * n; j++) row[j] = at(row, j) - times * at(pivot, j)
    })
  }
  return rows.map((row) => row.slice(n))
}

function at<T>(items: readonly T[], i: number): T {
  const item = items[i]
  if (item === undefined) throw new Error(`there is nothing at ${i}`)
  return item
}
