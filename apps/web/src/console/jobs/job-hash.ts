/** The address of a job's page. */
export const jobHash = (id: string) => `#jobs/${id}`
