import * as z from 'zod/mini';

const sweepAnswer = z.object({ result: z.object({ content: z.array(z.object({ text: z.string() })) }) });
const swept = z.object({ items_deleted: z.number() });

async function call(url: string, session: string | undefined, message: object): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) {
    throw new Error(`the DynamoDB engine's MCP server answered ${response.status}`);
  }
  return response;
}

/**
 * Deletes items whose time to live has passed. AWS does so by itself; the engine (dynoxide 1.2.1) only when told to, by a tool of its MCP
 * server. To go once the engine sweeps by itself.
 * @returns how many items were deleted.
 */
export async function sweepTimeToLive(mcpUrl: string): Promise<number> {
  const hello = await call(mcpUrl, undefined, {
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'leadline', version: '1' } },
  });
  await hello.arrayBuffer();
  const session = hello.headers.get('mcp-session-id') ?? undefined;
  await (await call(mcpUrl, session, { method: 'notifications/initialized' })).arrayBuffer();
  const answer = await call(mcpUrl, session, { id: 2, method: 'tools/call', params: { name: 'sweep_ttl', arguments: {} } });
  const { result } = sweepAnswer.parse(await answer.json());
  return swept.parse(JSON.parse(result.content[0]?.text ?? '{}')).items_deleted;
}
