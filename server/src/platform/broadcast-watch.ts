import type { LinkWatch } from './broadcast-link.ts';
import type { Logger } from './log.ts';
import type { Telemetry } from './telemetry.ts';

/** One log line per loss and per return of a link, and its metrics. */
export const watchLinks = (deps: {
  log: Logger;
  telemetry: Pick<Telemetry, 'linkUp' | 'linkLosses' | 'newsTold'>;
}): LinkWatch => {
  const { log, telemetry } = deps;
  const lost = new Set<string>();
  return {
    lost(link, cause) {
      lost.add(link);
      telemetry.linkUp.set({ link }, 0);
      telemetry.linkLosses.inc({ link });
      log.warn({ link, cause: cause.message }, 'link to other nodes lost: looking for news by itself');
    },
    back(link) {
      telemetry.linkUp.set({ link }, 1);
      if (lost.delete(link)) log.info({ link }, 'link to other nodes is back');
    },
    told: (link) => telemetry.newsTold.inc({ link }),
  };
};
