import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { AlreadyDone, StaleRead } from '#table/errors.ts';
import { faultOf } from './fault.ts';

const caught = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('what a log says of an error', () => {
  it.each([
    ['what a parser read', caught(() => JSON.parse('ada@analytical.example')), /ada|analytical/],
    ['what a parser quotes', caught(() => JSON.parse('{"email": ada lovelace of analytical engines ltd}')), /lovelace/],
    ['the key of a record', new StaleRead('overtaken: intake#email#ada@analytical.example, intake#lead#lead_1'), /ada|lead_1/],
    ['a phone number', new Error('no region for +44 20 7946 0958 was found'), /7946/],
    ['a quoted name', new Error("'Ada Lovelace' is not known"), /Ada/],
    [
      'an item that stood in the way',
      new AlreadyDone({ pk: 'intake#email#ada', sk: 'identity', kind: 'identity', rev: 1, data: { email: 'ada@analytical.example' } }),
      /ada|analytical/,
    ],
    [
      'items of a cancelled transaction, under a cause',
      new Error('failed', {
        cause: new TransactionCanceledException({
          $metadata: {},
          message: 'Transaction cancelled',
          CancellationReasons: [{ Code: 'ConditionalCheckFailed', Item: { email: { S: 'ada@analytical.example' } } }],
        }),
      }),
      /ada|analytical/,
    ],
  ])('keeps %s out', (_, error, personal) => {
    expect(JSON.stringify(faultOf(error))).not.toMatch(personal);
  });

  it('says what it was and where, down to the cause', () => {
    const fault = faultOf(caught(() => Reflect.get(Object(undefined), 'x').y));
    expect(fault).toMatchObject({ name: 'TypeError', message: "Cannot read properties of undefined (reading 'y')" });
    expect(fault.stack[0]).toMatch(/^at .*fault\.test\.ts:\d+/);
    const cause = new TransactionCanceledException({ $metadata: {}, message: 'Transaction cancelled' });
    expect(faultOf(new Error('failed', { cause })).cause).toMatchObject({ name: 'TransactionCanceledException' });
  });

  it('ends where causes go round', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(faultOf(error)).length).toBeLessThan(20_000);
  });
});
