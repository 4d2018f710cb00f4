import { describe, expect, it } from 'vitest';
import { testContext } from '#testing/requests.ts';
import { runUseCase, testEdge } from '#testing/unit.ts';
import { type Sweep, serveSchedule } from './schedule.ts';

const mark = (id: string) => ({ op: 'create' as const, item: { pk: `deals#mark#${id}`, sk: 'mark', kind: 'mark', data: { id } } });

const contextWith = (milliseconds: () => number) => ({ ...testContext(), getRemainingTimeInMillis: milliseconds });

const serve = (run: (sweep: Sweep) => Promise<void>, edge = testEdge()) => ({
  edge,
  handler: serveSchedule({ service: { name: 'deals' }, run, edge }),
});

describe('a scheduled run', () => {
  it('commits each step for itself', async () => {
    const { edge, handler } = serve(async (sweep) => {
      for (const id of ['1', '2']) await sweep.step(id, async (unit) => void (await unit.commit({ writes: [mark(id)] })));
    });
    await handler({}, testContext());
    expect(edge.table.items('mark').map(({ data }) => data)).toEqual([{ id: '1' }, { id: '2' }]);
  });

  it('does the other steps when one fails, and fails in the end, so that it is tried again', async () => {
    const { edge, handler } = serve(async (sweep) => {
      await sweep.step('bad', async () => {
        throw new Error('bad record');
      });
      await sweep.step('good', async (unit) => void (await unit.commit({ writes: [mark('good')] })));
    });
    await expect(handler({}, testContext())).rejects.toThrow('1 steps failed');
    expect(edge.table.items('mark')).toHaveLength(1);
  });

  it('runs a step again when what it read was overtaken', async () => {
    const edge = testEdge();
    edge.table.seed({ pk: 'deals#thing#1', sk: 'record', kind: 'thing', data: { n: 1 } });
    const { handler } = serve(async (sweep) => {
      await sweep.step('thing', async (unit) => {
        const item = await unit.table.get<{ n: number }>({ pk: 'deals#thing#1', sk: 'record' });
        if (!item) return;
        const data = { n: item.data.n + 1 };
        await unit.commit({ writes: [{ op: 'replace', ifRev: item.rev, item: { ...item, data } }] });
      });
    }, edge);
    const overtaken = { pk: 'deals#thing#1', sk: 'record', kind: 'thing', data: { n: 10 } };
    edge.table.interfere(async () => {
      await runUseCase({ edge, service: 'deals' }, (unit) => unit.commit({ writes: [{ op: 'replace', ifRev: 1, item: overtaken }] }));
    });
    await handler({}, testContext());
    expect(edge.table.items('thing').map(({ data }) => data)).toEqual([{ n: 11 }]);
  });

  it('says when its time is up, so that what is left is done by the next run', async () => {
    let left = 10_000;
    const done: number[] = [];
    const { handler } = serve(async (sweep) => {
      for (let i = 0; i < 100 && sweep.hasTime(); i += 1) {
        done.push(i);
        left -= 2_000;
      }
    });
    await handler(
      {},
      contextWith(() => left),
    );
    expect(done).toEqual([0, 1, 2]);
  });

  it('tells of a run that could not even begin', async () => {
    const { handler } = serve(async () => {
      throw new Error('no table');
    });
    await expect(handler({}, testContext())).rejects.toThrow('no table');
  });
});
