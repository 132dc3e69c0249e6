import { useSession } from '../session.js'
import { useCannot } from '../use-cannot.js'

/** As `useCannot`, for what only admins do. */
export function useAdminCannot(atMs: number): string | undefined {
  const { role } = useSession()
  const cannot = useCannot(atMs)
  return cannot ?? (role === 'admin' ? undefined : `Your role is ${role}: admins change what stands here.`)
}
