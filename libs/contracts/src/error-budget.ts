/** Six nines: of a million requests one may be bad. */
const target = 0.999999

/** How many of so many requests may be bad, and which part of that is left after those that were; null of none. Below 0: overspent. */
export function errorBudget(requests: number, bad: number) {
  const allowed = requests * (1 - target)
  return { target, allowed, spent: bad, left: requests === 0 ? null : 1 - bad / allowed }
}
