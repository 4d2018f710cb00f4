import { describe, expect, it } from 'vitest';
import type { Json } from './json.ts';
import type { TargetModel } from './model.ts';
import { targetInput } from './target-input.ts';

const event: Json = {
  id: 'e1',
  source: 'test',
  time: '2026-11-22T18:18:42Z',
  'detail-type': 'Put',
  resources: ['r'],
  detail: { name: 'Ann "A" Lee', n: 3, list: [1, 2], none: null },
};
const rule = { ruleArn: 'arn:rule', ruleName: 'rule' };
const input = (more: Partial<TargetModel>): string =>
  targetInput(
    {
      id: 't',
      arn: 'a',
      input: undefined,
      inputPath: undefined,
      inputTransformer: undefined,
      deadLetterArn: undefined,
      maximumRetries: 0,
      maximumAge: 60,
      ...more,
    },
    JSON.stringify(event),
    rule,
  );

describe('what a target is given', () => {
  it('is the whole event by default', () => {
    expect(JSON.parse(input({}))).toEqual(event);
  });

  it('is the part that InputPath names', () => {
    expect(input({ inputPath: '$.detail.list[1]' })).toBe('2');
    expect(input({ inputPath: "$['detail-type']" })).toBe('"Put"');
  });

  it('is constant text', () => {
    expect(input({ input: '{"a":1}' })).toBe('{"a":1}');
  });

  it('is a template filled from the event, as JSON outside quotes and as text inside', () => {
    const paths = { name: '$.detail.name', n: '$.detail.n', list: '$.detail.list', missing: '$.detail.missing' };
    const template =
      '{"name": <name>, "said": "<name> of <aws.events.rule-name>", "n": <n>, "list": <list>, "missing": <missing>, "gone": "<missing>"}';
    expect(JSON.parse(input({ inputTransformer: { paths, template } }))).toEqual({
      name: 'Ann "A" Lee',
      said: 'Ann "A" Lee of rule',
      n: 3,
      list: [1, 2],
      missing: null,
      gone: '',
    });
  });

  it('knows the whole event and the event without its detail', () => {
    expect(
      JSON.parse(input({ inputTransformer: { paths: {}, template: '{"e":<aws.events.event>,"j":<aws.events.event.json>}' } })),
    ).toEqual({
      e: { id: 'e1', source: 'test', time: '2026-11-22T18:18:42Z', 'detail-type': 'Put', resources: ['r'] },
      j: event,
    });
  });
});
