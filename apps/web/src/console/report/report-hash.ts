/** The address of the traffic report of an event. */
export const reportHash = (event: string) => `#report/${event}`
