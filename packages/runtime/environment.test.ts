import { expect, it } from 'vitest';
import { FunctionEnvironment, readEnvironment } from './environment.ts';

const complete = { SERVICE: 'intake', STAGE: 'local', TABLE_NAME: 'leadline', SIGNING_SECRET_ARN: 'arn:aws:secretsmanager:x:1:secret:y' };

it('reads what the function was given', () => {
  expect(readEnvironment(FunctionEnvironment, { ...complete, PATH: '/bin' })).toEqual(complete);
});

it('names the variables that are missing or wrong, and none of their values', () => {
  expect(() => readEnvironment(FunctionEnvironment, { ...complete, SERVICE: 'secret-thing', STAGE: undefined })).toThrow(
    "The function's environment is not complete: SERVICE, STAGE",
  );
});
