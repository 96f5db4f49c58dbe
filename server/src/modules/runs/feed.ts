import type { EventStream } from '../../platform/http/stream.ts';
import type { Telemetry } from '../../platform/telemetry.ts';
import { eventFrame } from './run-event.ts';
import type { Frame } from './log-writer.ts';
import type { EventRow } from './store.ts';

interface Viewer {
  stream: EventStream;
  workspaceId: string;
  userId: string;
  /** Number of the last event written to it. */
  last: number;
}

interface Topic {
  /** Events committed since this process took the run, in order; null when another process answers it. */
  frames: Frame[] | null;
  viewers: Set<Viewer>;
  polling: NodeJS.Timeout | null;
}

/** Where a reader stands. */
export interface Attachment {
  runId: string;
  workspaceId: string;
  userId: string;
  after: number;
  /** Nothing will be added to the log any more. */
  ended: boolean;
}

/** Carries committed events to the readers of this process. */
export interface Feed {
  /** The run is answered here: its readers need no database. */
  begin(runId: string): void;
  publish(runId: string, frames: readonly Frame[]): void;
  /** The run has ended or is no longer ours. */
  end(runId: string): void;
  /** Sends everything after `after`, then what comes, and closes after `run-end`. */
  attach(stream: EventStream, attachment: Attachment): void;
  /** Closes the streams of a user or of a workspace's readers; they may attach again. */
  drop(readers: { userId?: string; workspaceId?: string }): void;
  closeAll(): void;
}

const pollMs = 500;
const pageSize = 500;

const toFrame = (row: EventRow): Frame => ({
  seq: row.seq,
  type: row.type,
  text: eventFrame(row.seq, row.type, row.data),
});

export const createFeed = (options: {
  /** Events of a run after a number, oldest first, at most `limit`. */
  readEvents(workspaceId: string, runId: string, after: number, limit: number): Promise<EventRow[]>;
  telemetry: Telemetry;
}): Feed => {
  const { readEvents, telemetry } = options;
  const topics = new Map<string, Topic>();

  const topicOf = (runId: string): Topic => {
    let topic = topics.get(runId);
    if (!topic) topics.set(runId, (topic = { frames: null, viewers: new Set(), polling: null }));
    return topic;
  };

  const leave = (runId: string, viewer: Viewer): void => {
    const topic = topics.get(runId);
    if (!topic?.viewers.delete(viewer)) return;
    telemetry.viewers.dec();
    if (topic.viewers.size > 0) return;
    if (topic.polling) clearTimeout(topic.polling);
    topic.polling = null;
    if (!topic.frames) topics.delete(runId);
  };

  /** Writes what the viewer lacks of consecutive frames, as one piece. */
  const deliver = (runId: string, viewer: Viewer, frames: readonly Frame[]): void => {
    let text = '';
    let ended = false;
    for (const frame of frames) {
      if (frame.seq !== viewer.last + 1) continue;
      text += frame.text;
      viewer.last = frame.seq;
      ended = frame.type === 'run-end';
    }
    if (text === '') return;
    if (!viewer.stream.write(text)) {
      telemetry.viewersDropped.inc();
      leave(runId, viewer);
    } else if (ended) {
      leave(runId, viewer);
      viewer.stream.close();
    }
  };

  /** Reads from the log until the viewer is level with it. */
  const catchUp = async (runId: string, viewer: Viewer): Promise<void> => {
    for (;;) {
      const rows = await readEvents(viewer.workspaceId, runId, viewer.last, pageSize);
      deliver(runId, viewer, rows.map(toFrame));
      if (rows.length < pageSize) return;
    }
  };

  const follow = (runId: string, topic: Topic): void => {
    const round = async (): Promise<void> => {
      topic.polling = null;
      for (const viewer of [...topic.viewers])
        await catchUp(runId, viewer).catch(() => {
          // The database is away: the reader waits, and the next round tries again.
        });
      if (topic.viewers.size > 0 && !topic.frames) follow(runId, topic);
    };
    topic.polling ??= setTimeout(() => void round(), pollMs);
  };

  return {
    begin(runId) {
      topicOf(runId).frames = [];
    },
    publish(runId, frames) {
      const topic = topics.get(runId);
      if (!topic) return;
      topic.frames?.push(...frames);
      for (const viewer of [...topic.viewers]) deliver(runId, viewer, frames);
    },
    end(runId) {
      const topic = topics.get(runId);
      if (!topic) return;
      topic.frames = null;
      if (topic.viewers.size === 0) topics.delete(runId);
      // Whoever is still here lacks the end: the log has it, or will.
      else follow(runId, topic);
    },
    attach(stream, { runId, workspaceId, userId, after, ended }) {
      const topic = topicOf(runId);
      const viewer: Viewer = { stream, workspaceId, userId, last: after };
      topic.viewers.add(viewer);
      telemetry.viewers.inc();
      stream.onClose(() => leave(runId, viewer));
      const level = (): void => {
        if (topic.frames) deliver(runId, viewer, topic.frames);
        else if (ended) stream.close();
        else if (topic.viewers.has(viewer)) follow(runId, topic);
      };
      if (topic.frames?.[0] && topic.frames[0].seq <= after + 1) level();
      else
        void catchUp(runId, viewer)
          .catch(() => {})
          .then(level);
    },
    drop({ userId, workspaceId }) {
      for (const topic of topics.values())
        for (const viewer of topic.viewers)
          if (viewer.userId === userId || viewer.workspaceId === workspaceId) viewer.stream.close();
    },
    closeAll() {
      for (const topic of topics.values()) for (const viewer of topic.viewers) viewer.stream.close();
    },
  };
};
