/** One vocabulary for importance, most important first: degradation cuts from the end of this list. */
export const criticalities = ['critical-plus', 'critical', 'sheddable-plus', 'sheddable'] as const
export type Criticality = (typeof criticalities)[number]
