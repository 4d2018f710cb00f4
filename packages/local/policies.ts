import type { ConditionValue, OneOrMore, PolicyStatement } from './aws/types.ts';
import { at, type Json, list, object, text, texts } from './json.ts';

const oneOrMore = (value: Json | undefined): OneOrMore<string> | undefined => (value === undefined ? undefined : texts(value));

const conditionValue = (value: Json | undefined): ConditionValue => (typeof value === 'boolean' ? value : texts(value));

const condition = (value: Json): NonNullable<PolicyStatement['Condition']> =>
  Object.fromEntries(
    Object.entries(object(value)).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(object(keys)).map(([key, wanted]) => [key, conditionValue(wanted)])),
    ]),
  );

/** The statements of a resolved policy document. */
export const statementsOf = (document: Json | undefined): readonly PolicyStatement[] =>
  list(at(document, 'Statement')).map((statement) => {
    const sid = text(at(statement, 'Sid'));
    const action = oneOrMore(at(statement, 'Action'));
    const notAction = oneOrMore(at(statement, 'NotAction'));
    const resource = oneOrMore(at(statement, 'Resource'));
    const notResource = oneOrMore(at(statement, 'NotResource'));
    const conditions = at(statement, 'Condition');
    return {
      Effect: at(statement, 'Effect') === 'Deny' ? 'Deny' : 'Allow',
      ...(sid === undefined ? {} : { Sid: sid }),
      ...(action === undefined ? {} : { Action: action }),
      ...(notAction === undefined ? {} : { NotAction: notAction }),
      ...(resource === undefined ? {} : { Resource: resource }),
      ...(notResource === undefined ? {} : { NotResource: notResource }),
      ...(conditions === undefined ? {} : { Condition: condition(conditions) }),
    };
  });
