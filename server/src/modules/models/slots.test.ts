import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('slots go to those who wait, first come, first served', async () => {
  const slots = createSlots(2);
  slots.take();
  slots.take();
  expect(slots.isFull()).toBe(true);
  const order: number[] = [];
  for (const number of [1, 2, 3]) void slots.wait(never).then(() => order.push(number));
  expect(slots.waiting()).toBe(3);
  for (const expected of [[1], [1, 2], [1, 2, 3]]) {
    slots.release();
    // Whoever comes between the release and the waiter's turn does not overtake.
    expect(slots.isFull()).toBe(true);
    await settled();
    expect(order).toEqual(expected);
  }
  slots.release();
  slots.release();
  expect([slots.running(), slots.waiting(), slots.isFull()]).toEqual([0, 0, false]);
});

test('who leaves the line gets no slot and holds nobody up', async () => {
  const slots = createSlots(1);
  slots.take();
  const leaving = new AbortController();
  const left = slots.wait(leaving.signal);
  const next = slots.wait(never);
  leaving.abort(new Error('stopped'));
  await expect(left).rejects.toThrow('stopped');
  await expect(slots.wait(leaving.signal)).rejects.toThrow('stopped');
  slots.release();
  await next;
  expect([slots.running(), slots.waiting()]).toEqual([1, 0]);
});
