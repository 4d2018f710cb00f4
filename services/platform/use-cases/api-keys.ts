import type { ApiKey } from '#contracts/resources/platform.ts';
import type { platformRoutes } from '#contracts/routes/platform.ts';
import { created, noContent, ok, page } from '#runtime/answer.ts';
import { hashOfKey } from '#runtime/api-key.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalidField, notFound } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { newApiKey, rotated } from '../domain/api-key.ts';
import { addApiKey, changeApiKey, listApiKeys as list, readApiKey, removeApiKey, type StoredApiKey, withLastUse } from '../store.ts';

/** Where new secrets come from. */
export interface Secrets {
  /** A new key as its holder will send it. */
  readonly newSecret: () => string;
  /** What keys are hashed under. */
  readonly signingSecret: () => Promise<string>;
}

const keyNamed = async (table: Reader, keyId: string): Promise<StoredApiKey> => {
  const stored = await readApiKey(table, keyId);
  if (!stored) throw notFound('There is no such API key.');
  return stored;
};

/** The tag changes with the hour of the last use, which nobody's `If-Match` asks for. */
const tagOf = ({ version, lastUsedAt }: ApiKey): string =>
  etagOf({ version, derived: lastUsedAt === undefined ? 0 : Date.parse(lastUsedAt) });

/** Makes an API key; the answer shows its secret, a replay of the answer does not. @throws {Problem} 422 when it would have expired already. */
export const createApiKey =
  ({ newSecret, signingSecret }: Secrets): Handler<(typeof platformRoutes)['createApiKey']> =>
  async ({ body }, unit) => {
    if (body.expiresAt !== undefined && body.expiresAt <= unit.now) throw invalidField('/expiresAt', 'past', 'must be in the future');
    const secret = newSecret();
    const state = newApiKey(unit.newId('apiKey'), body, hashOfKey(await signingSecret(), secret), unit.now);
    const { key } = state;
    const answer = created(`/v1/api-keys/${key.id}`, { ...key, secret }, { etag: etagOf(key), replayBody: key });
    await unit.commit({ writes: addApiKey(state), answer });
    return answer;
  };

/** API keys, newest first, without their secrets. */
export const listApiKeys: Handler<(typeof platformRoutes)['listApiKeys']> = async ({ page: { limit, after } }, unit) =>
  page(await list(unit.table, limit, after));

/** One API key, without its secret. @throws {Problem} 404. */
export const getApiKey: Handler<(typeof platformRoutes)['getApiKey']> = async ({ id }, unit) => {
  const { key } = await keyNamed(unit.table, id);
  const [shown = key] = await withLastUse(unit.table, [key]);
  return ok(shown, { etag: tagOf(shown) });
};

/** Gives a key a new secret; the one it had stays valid for the overlap. @throws {Problem} 404, 412. */
export const rotateApiKey =
  ({ newSecret, signingSecret }: Secrets): Handler<(typeof platformRoutes)['rotateApiKey']> =>
  async (request, unit) => {
    const before = await keyNamed(unit.table, request.params.keyId ?? request.id);
    request.assertIfMatch(before.key.version);
    const secret = newSecret();
    const after = rotated(before, hashOfKey(await signingSecret(), secret), request.body.overlapSeconds, unit.now);
    const [shown = after.key] = await withLastUse(unit.table, [after.key]);
    const answer = ok({ ...shown, secret }, { etag: tagOf(shown), replayBody: shown });
    await unit.commit({ writes: changeApiKey(before, after), answer });
    return answer;
  };

/** Revokes a key: its secrets open nothing from now on (where one is kept in memory, from 30 s on). @throws {Problem} 404, 412. */
export const deleteApiKey: Handler<(typeof platformRoutes)['deleteApiKey']> = async (request, unit) => {
  const before = await keyNamed(unit.table, request.id);
  request.assertIfMatch(before.key.version);
  await unit.commit({ writes: removeApiKey(before) });
  return noContent();
};
