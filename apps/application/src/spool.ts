import { Spool, type Topic } from '@gala/eventlog'
import type { ApplicationContext } from './application.config.js'
import type { ApplicationSignals } from './signals.js'

/** Where lines of a topic are left for the pipeline; undefined where there is no folder for them. */
export function openSpool(
  { config, clock }: Pick<ApplicationContext, 'config' | 'clock'>,
  signals: Pick<ApplicationSignals, 'spoolFailed'>,
  topic: Topic,
): Spool | undefined {
  const { GALA_SPOOL_DIR: dir, GALA_INSTANCE: writer } = config
  return dir === undefined
    ? undefined
    : new Spool({ dir, topic, writer, clock, onError: (error) => signals.spoolFailed(topic, error) })
}
