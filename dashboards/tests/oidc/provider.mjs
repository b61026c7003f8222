// A real OpenID Connect provider for the tests. The name that somebody logs in with decides what it says of them:
// `anna` is in the group hark-admins, `piet` in no group, and the address of `fake` is not verified.
// Prints its port; the redirect address is its first argument.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

// Nobody reads what follows the port: it would end this program.
console.info = console.error;

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const { port } = server.address();

const people = { anna: ['hark-admins'], els: ['acme-people'], piet: [], fake: ['hark-admins'] };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'hark',
      client_secret: 'a secret with : and %',
      redirect_uris: [process.argv[2]],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    },
  ],
  scopes: ['openid', 'profile', 'email'],
  claims: { email: ['email', 'email_verified'], profile: ['groups'] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: id !== 'fake', groups: people[id] ?? [] }),
  }),
  pkce: { required: () => true },
  cookies: { keys: ['test'] },
});
server.on('request', provider.callback());
console.log(port);
