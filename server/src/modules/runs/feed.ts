import type { Broadcast } from '../../platform/broadcast.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { pageSize, type Found, type ReadEvents } from './event-reader.ts';
import type { Frame } from './log-writer.ts';
import type { Change, Reading, ReaderRights } from './reader-rights.ts';
import { cut, pieceOf, type Piece, type RunReader } from './run-reader.ts';
import type { WakeUps } from './wake-ups.ts';

/** Where a reader stands. */
export interface Attachment extends Reading {
  after: number;
  /** False: it wants what there is now, and then goes. */
  stays?: boolean;
}

interface Viewer {
  reader: RunReader;
  reading: Reading;
  stays: boolean;
  /** Number of the last event given to it. */
  last: number;
  /** It is being brought level, piece by piece, as fast as it takes them. */
  catchingUp: boolean;
}

interface Topic {
  runId: string;
  /** Events committed since this process took the run, in order; null when it is not answered here. */
  frames: Frame[] | null;
  viewers: Set<Viewer>;
  /** The other nodes know that the run is read here. */
  watched: boolean;
}

/** Carries committed events to the readers of this process. */
export interface Feed {
  /** The run is answered here: its readers need no database. */
  begin(runId: string): void;
  publish(runId: string, frames: readonly Frame[]): void;
  /** The run has ended or is no longer ours. */
  end(runId: string): void;
  /** Sends everything after `after`, then what comes, and closes after `run-end`. */
  attach(reader: RunReader, attachment: Attachment): void;
  /** Closes the streams of a user, of a workspace's readers or of a conversation; they may attach again. */
  drop(change: Change): void;
  /** Closes the streams of runs that are answered elsewhere: other nodes can serve them as well. */
  dropForeign(): void;
  closeAll(): void;
}

const tickMs = 500;
/** With all links up, news are only lost by a fault nobody has noticed. */
const safetyLookMs = 5_000;
const safetyRightsMs = 60_000;
const watchAgainMs = 10_000;
const runsAtOnce = 100;
const againMs = 500;

const nothing: Found = { frames: [], state: 'missing' };

export const createFeed = (options: {
  readEvents: ReadEvents;
  rights: ReaderRights;
  wakeUps: WakeUps;
  broadcast: Pick<Broadcast, 'isWhole' | 'onGap'>;
  telemetry: Telemetry;
}): Feed => {
  const { readEvents, rights, wakeUps, broadcast, telemetry } = options;
  const topics = new Map<string, Topic>();
  /** Runs whose log is to be looked at. */
  const due = new Set<Topic>();
  let viewerCount = 0;
  let looking = false;
  let ticking: NodeJS.Timeout | null = null;
  let lookedAt = 0;
  let judgedAt = 0;
  let watchedAt = 0;

  const leave = (topic: Topic, viewer: Viewer): void => {
    if (!topic.viewers.delete(viewer)) return;
    telemetry.viewers.dec();
    viewerCount -= 1;
    if (topic.viewers.size === 0 && !topic.frames && topics.get(topic.runId) === topic) topics.delete(topic.runId);
  };

  /** Gives the reader what it lacks of a piece. False when it is gone. */
  const give = (topic: Topic, viewer: Viewer, piece: Piece): boolean => {
    const next = viewer.last + 1;
    const lacks = piece.frames[0]!.seq === next ? piece : pieceOf(piece.frames.filter((frame) => frame.seq >= next));
    if (lacks.frames[0]?.seq !== next) return true;
    const last = lacks.frames.at(-1)!;
    viewer.last = last.seq;
    const taken = viewer.reader.send(lacks);
    if (!taken) telemetry.viewersDropped.inc();
    if (taken && last.type !== 'run-end') return true;
    leave(topic, viewer);
    if (taken) viewer.reader.close();
    return false;
  };

  /** Events after a number that are in memory; null when the log has to be asked. */
  const remembered = ({ frames }: Topic, after: number): readonly Frame[] | null => {
    const first = frames?.[0];
    return frames && first && first.seq <= after + 1 ? frames.slice(after + 1 - first.seq) : null;
  };

  const readOn = async ({ reading: { runId, workspaceId }, last }: Viewer): Promise<Found> =>
    (await readEvents([{ runId, workspaceId, after: last }])).get(runId) ?? nothing;

  /** Brings one reader level, no faster than it takes what it is sent. */
  const catchUp = async (topic: Topic, viewer: Viewer): Promise<void> => {
    if (viewer.catchingUp) return;
    viewer.catchingUp = true;
    try {
      while (topic.viewers.has(viewer)) {
        const here = remembered(topic, viewer.last);
        const { frames, state } = here ? { frames: here, state: 'open' } : await readOn(viewer);
        if (frames.length === 0) {
          // What was committed while the log was read is in memory.
          if (!here && (remembered(topic, viewer.last)?.length ?? 0) > 0) continue;
          if (state !== 'open' || !viewer.stays) viewer.reader.close();
          return;
        }
        for (const piece of cut(frames))
          if (!give(topic, viewer, piece) || !(await viewer.reader.ready())) {
            leave(topic, viewer);
            return;
          }
      }
    } catch {
      // The database is away: the reader waits for the next look.
      setTimeout(() => look(topic), againMs).unref();
    } finally {
      viewer.catchingUp = false;
    }
  };

  const watchFirst = (topic: Topic): void => {
    topic.watched = true;
    wakeUps.watch([topic.runId]);
    // An event committed before the owner heard of it woke nobody.
    setTimeout(() => look(topic), againMs).unref();
  };

  /** Reads the logs of some runs and gives their readers what is new. */
  const readDue = async (some: readonly Topic[]): Promise<void> => {
    const asked = some.map((topic) => {
      const level = [...topic.viewers].filter((viewer) => !viewer.catchingUp);
      const after = Math.min(...level.map((viewer) => viewer.last));
      return { topic, level, wanted: { runId: topic.runId, workspaceId: level[0]?.reading.workspaceId ?? '', after } };
    });
    const read = asked.filter(({ level }) => level.length > 0);
    if (read.length === 0) return;
    const found = await readEvents(read.map(({ wanted }) => wanted));
    for (const { topic, level } of read) {
      const { frames, state } = found.get(topic.runId) ?? nothing;
      if (state === 'open' && !topic.frames && !topic.watched) watchFirst(topic);
      const [piece, more] = cut(frames);
      const all = frames.length < pageSize && !more;
      for (const viewer of level) {
        if (!topic.viewers.has(viewer) || viewer.catchingUp) continue;
        if (!all || !viewer.stays) void catchUp(topic, viewer);
        else if (piece) give(topic, viewer, piece);
        if (all && viewer.stays && state !== 'open' && topic.viewers.has(viewer)) viewer.reader.close();
      }
    }
  };

  const look = (topic: Topic): void => {
    due.add(topic);
    if (looking) return;
    looking = true;
    setImmediate(() => void lookAtAll());
  };

  const lookAtAll = async (): Promise<void> => {
    while (due.size > 0) {
      const some = [...due].slice(0, runsAtOnce);
      for (const topic of some) due.delete(topic);
      try {
        await readDue(some);
      } catch {
        for (const topic of some) if (topic.viewers.size > 0) due.add(topic);
        await new Promise((resolve) => setTimeout(resolve, againMs).unref());
      }
    }
    looking = false;
  };

  const everybody = (): Viewer[] => [...topics.values()].flatMap((topic) => [...topic.viewers]);

  const judgeAll = (): void => {
    judgedAt = performance.now();
    void rights.judge(everybody());
  };

  const foreign = (): Topic[] => [...topics.values()].filter((topic) => !topic.frames && topic.viewers.size > 0);

  const watch = (): void => {
    watchedAt = performance.now();
    wakeUps.watch(foreign().map((topic) => topic.runId));
  };

  const tick = (): void => {
    if (viewerCount === 0) {
      if (ticking) clearInterval(ticking);
      ticking = null;
      return;
    }
    const now = performance.now();
    const whole = broadcast.isWhole();
    if (now - watchedAt >= watchAgainMs) watch();
    if (!whole || now - lookedAt >= safetyLookMs) {
      lookedAt = now;
      // Without news nobody says that a conversation was deleted either, so runs answered here are looked at as well.
      for (const topic of whole ? foreign() : topics.values()) look(topic);
    }
    if (now - judgedAt >= (whole ? safetyRightsMs : 2 * tickMs)) judgeAll();
  };

  const beginToTick = (): void => {
    if (ticking) return;
    lookedAt = judgedAt = watchedAt = performance.now();
    ticking = setInterval(tick, tickMs).unref();
  };

  wakeUps.onGrown((runId) => {
    const topic = topics.get(runId);
    if (topic && !topic.frames) look(topic);
  });
  broadcast.onGap(() => {
    watch();
    for (const topic of topics.values()) look(topic);
    judgeAll();
  });

  return {
    begin(runId) {
      const topic = topics.get(runId);
      if (topic) topic.frames = [];
      else topics.set(runId, { runId, frames: [], viewers: new Set(), watched: false });
    },
    publish(runId, frames) {
      wakeUps.grown(runId);
      const topic = topics.get(runId);
      if (!topic) return;
      topic.frames?.push(...frames);
      if (topic.viewers.size === 0) return;
      const piece = pieceOf(frames);
      for (const viewer of [...topic.viewers]) {
        if (viewer.catchingUp) continue;
        if (piece.frames[0]!.seq > viewer.last + 1) void catchUp(topic, viewer);
        else give(topic, viewer, piece);
      }
    },
    end(runId) {
      wakeUps.grown(runId);
      const topic = topics.get(runId);
      if (!topic) return;
      topic.frames = null;
      if (topic.viewers.size === 0) topics.delete(runId);
      // Whoever is still here lacks the end: the log has it, or will.
      else look(topic);
    },
    attach(reader, { after, stays = true, ...reading }) {
      const { runId } = reading;
      const topic = topics.get(runId) ?? { runId, frames: null, viewers: new Set(), watched: false };
      topics.set(runId, topic);
      const viewer: Viewer = { reader, reading, stays, last: after, catchingUp: false };
      topic.viewers.add(viewer);
      viewerCount += 1;
      telemetry.viewers.inc();
      reader.onClose(() => leave(topic, viewer));
      beginToTick();
      rights.arrived(viewer);
      if (remembered(topic, after)) return void catchUp(topic, viewer);
      look(topic);
    },
    drop: (change) => rights.changed(change, everybody()),
    dropForeign() {
      for (const topic of foreign()) for (const viewer of topic.viewers) viewer.reader.close();
    },
    closeAll() {
      for (const { reader } of everybody()) reader.close();
    },
  };
};
