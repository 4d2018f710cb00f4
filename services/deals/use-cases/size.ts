import { invalid } from '#runtime/problem.ts';

const mostBytes = 64 * 1024;

/** @throws {Problem} 422 for a resource above 64 KiB as JSON (contract.md section 1, Sizes). */
export const assertSize = (resource: unknown): void => {
  if (Buffer.byteLength(JSON.stringify(resource)) <= mostBytes) return;
  throw invalid([{ pointer: '', code: 'too_big', detail: 'the deal would be larger than 64 KiB' }]);
};
