/** An id that nothing has. */
export const unknownId = '01990000-0000-7000-8000-00000000dead';

/** The problem that a call ends in, as far as it may differ between two ids. */
export const problemOf = async (call: Promise<unknown>) => {
  const error = (await call.then(
    () => null,
    (reason: unknown) => reason,
  )) as { status: number; problem: Record<string, unknown> } | null;
  if (!error) throw new Error('the call succeeded');
  const { requestId: _, ...problem } = error.problem;
  return { status: error.status, problem };
};
