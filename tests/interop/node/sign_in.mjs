// node-redis with @redis/entraid as an application on Azure uses it, against the emulator: signs in with the managed identity that
// the environment offers, works without pause while tokens turn, and counts what goes wrong. Prints one line of JSON.
import { createClient } from '@redis/client';
import { EntraIdCredentialsProviderFactory, REDIS_SCOPE_DEFAULT } from '@redis/entraid';
import { DefaultAzureCredential } from '@azure/identity';

const TURNS = Number(process.argv[2] ?? 3);
const CALLERS = 8;
const seen = { operations: 0, failures: 0, wrong: 0, reconnects: 0, tokens: 0, errors: [] };

function fail(error) {
  seen.failures += 1;
  if (seen.errors.length < 5) seen.errors.push(String(error?.message ?? error));
}

// Counts the tokens; all else is the SDK's.
const credential = new DefaultAzureCredential();
let lastExpiry = 0;
const counting = {
  async getToken(...args) {
    const token = await credential.getToken(...args);
    seen.tokens += 1;
    lastExpiry = token.expiresOnTimestamp;
    return token;
  },
};

const client = createClient({
  url: `rediss://${process.env.Redis__HostName}`,
  credentialsProvider: EntraIdCredentialsProviderFactory.createForDefaultAzureCredential({
    credential: counting,
    scopes: REDIS_SCOPE_DEFAULT,
    tokenManagerConfig: { expirationRefreshRatio: 0.7 },
    onReAuthenticationError: fail,
  }),
});
client.on('error', fail);
client.on('reconnecting', () => { seen.reconnects += 1; });
await client.connect();

let working = true;
async function caller(number) {
  for (let i = 0; working; i += 1) {
    const key = `interop:${number}:${i % 100}`;
    try {
      await client.set(key, key, { PX: 60_000 });
      if (await client.get(key) !== key) seen.wrong += 1;
      seen.operations += 2;
    } catch (error) {
      fail(error);
      await new Promise((done) => { setTimeout(done, 100); });
    }
  }
}

const callers = Array.from({ length: CALLERS }, (_, number) => caller(number));
const deadline = Date.now() + 90_000;
while (seen.tokens < TURNS + 1 && Date.now() < deadline) await new Promise((done) => { setTimeout(done, 50); });
// The connection has outlived the last turn once the token before it is dead.
const settled = Math.min(lastExpiry, deadline);
while (Date.now() < settled) await new Promise((done) => { setTimeout(done, 50); });
working = false;
await Promise.all(callers);
console.log(JSON.stringify(seen));
client.destroy();
process.exit(seen.tokens > TURNS && seen.failures + seen.wrong + seen.reconnects === 0 && seen.operations > 0 ? 0 : 1);
