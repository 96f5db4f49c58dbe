import type { MeasureName } from '../plan.ts';
import { measureChats } from './chats.ts';
import { measureFirstToken } from './first-token.ts';
import { measureMemory, measureThroughput } from './held.ts';
import type { Measure } from './measure.ts';
import { measurePaced } from './paced.ts';

export const measures: { [name in MeasureName]: Measure } = {
  memory: measureMemory,
  chats: measureChats,
  paced: measurePaced,
  'first-token': measureFirstToken,
  throughput: measureThroughput,
};
