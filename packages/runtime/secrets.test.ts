import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { readSecretVersions } from './secrets.ts';

process.env.AWS_REGION = 'eu-central-1';
const manager = mockClient(SecretsManagerClient);
const version = (VersionStage: string) => manager.on(GetSecretValueCommand, { SecretId: 'front', VersionStage });
beforeEach(() => {
  manager.reset();
});

describe('the versions of a secret', () => {
  it('are its present value and the one before', async () => {
    version('AWSCURRENT').resolves({ SecretString: 'now' });
    version('AWSPREVIOUS').resolves({ SecretString: 'before' });
    expect(await readSecretVersions('front')).toEqual(['now', 'before']);
  });

  it('are one as long as it was never changed, read anew each time', async () => {
    version('AWSCURRENT').resolvesOnce({ SecretString: 'first' }).resolves({ SecretString: 'second' });
    version('AWSPREVIOUS').rejects(new ResourceNotFoundException({ $metadata: {}, message: 'no such version' }));
    expect(await readSecretVersions('front')).toEqual(['first']);
    expect(await readSecretVersions('front')).toEqual(['second']);
  });

  it('are not fewer because one could not be read just now, nor none', async () => {
    version('AWSCURRENT').resolves({ SecretString: 'now' });
    version('AWSPREVIOUS').rejects(new Error('try later'));
    await expect(readSecretVersions('front')).rejects.toThrow('try later');
    version('AWSPREVIOUS').rejects(new ResourceNotFoundException({ $metadata: {}, message: 'no such version' }));
    version('AWSCURRENT').resolves({ SecretString: '' });
    await expect(readSecretVersions('front')).rejects.toThrow('empty');
  });
});
