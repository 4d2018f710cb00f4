import { randomBytes } from 'node:crypto';
import { FunctionEnvironment, readEnvironment } from '#runtime/environment.ts';
import { serveHttp } from '#runtime/http.ts';
import { readSecret } from '#runtime/secrets.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { secretBytes, secretOf } from './domain/secret.ts';
import { apiRoutes } from './routes.ts';
import { platform } from './service.ts';
import { createApiKey, deleteApiKey, getApiKey, listApiKeys, rotateApiKey, type Secrets } from './use-cases/api-keys.ts';
import { listDeadLetters, redriveDeadLetters } from './use-cases/dead-letters.ts';
import { getHealth } from './use-cases/get-health.ts';

const { STAGE, SIGNING_SECRET_ARN } = readEnvironment(FunctionEnvironment);

const secrets: Secrets = {
  newSecret: () => secretOf(STAGE, randomBytes(secretBytes)),
  signingSecret: () => readSecret(SIGNING_SECRET_ARN),
};

export const handler = serveHttp({
  service: platform,
  routes: apiRoutes,
  handlers: {
    getHealth: getHealth(packageJson.version),
    createApiKey: createApiKey(secrets),
    listApiKeys,
    getApiKey,
    rotateApiKey: rotateApiKey(secrets),
    deleteApiKey,
    listDeadLetters,
    redriveDeadLetters,
  },
});
