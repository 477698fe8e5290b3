// The credentials of @azure/identity against the emulator: each named on the command line gets a token, and whose it is has to be what
// was expected. usage: node credentials.mjs NAME=OID... Prints one line of JSON per credential.
import {
  AzureCliCredential, AzureDeveloperCliCredential, AzurePipelinesCredential, AzurePowerShellCredential,
  ClientCertificateCredential, ClientSecretCredential, DefaultAzureCredential, ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';

const SCOPE = 'https://redis.azure.com/.default';
const { env } = process;
// An authority that Microsoft does not know would otherwise be asked about at login.microsoftonline.com.
const local = { authorityHost: env.AZURE_AUTHORITY_HOST, disableInstanceDiscovery: true };

const makers = {
  default: () => new DefaultAzureCredential(local),
  managed: () => new ManagedIdentityCredential(),
  managedByClientId: () => new ManagedIdentityCredential({ clientId: env.AZURE_CLIENT_ID }),
  workload: () => new WorkloadIdentityCredential(local),
  secret: () => new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_SECRET, local),
  certificate: () => new ClientCertificateCredential(
    env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_CERTIFICATE_PATH, local,
  ),
  certificateWithChain: () => new ClientCertificateCredential(
    env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_CERTIFICATE_PATH, { ...local, sendCertificateChain: true },
  ),
  pipelines: () => new AzurePipelinesCredential(
    env.AZURESUBSCRIPTION_TENANT_ID, env.AZURESUBSCRIPTION_CLIENT_ID, env.AZURESUBSCRIPTION_SERVICE_CONNECTION_ID,
    env.SYSTEM_ACCESSTOKEN, local,
  ),
  az: () => new AzureCliCredential(),
  azd: () => new AzureDeveloperCliCredential(),
  pwsh: () => new AzurePowerShellCredential(),
};

async function check(name, wanted) {
  const begin = Date.now();
  try {
    const token = await makers[name]().getToken(SCOPE);
    const claims = JSON.parse(Buffer.from(token.token.split('.')[1], 'base64url'));
    const left = Math.round((token.expiresOnTimestamp - Date.now()) / 1000);
    const good = claims.oid === wanted && Math.abs(left - 3600) < 10;
    return { credential: name, good, oid: claims.oid, seconds_left: left, ms: Date.now() - begin };
  } catch (error) {
    return { credential: name, good: false, error: String(error?.message ?? error), ms: Date.now() - begin };
  }
}

let failures = 0;
for (const [name, wanted] of process.argv.slice(2).map((one) => one.split('='))) {
  const outcome = await check(name, wanted);
  if (!outcome.good) failures += 1;
  console.log(JSON.stringify(outcome));
}
process.exit(failures === 0 ? 0 : 1);
