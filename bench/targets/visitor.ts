import { createClient, type Client } from '../../sdk/src/index.ts';

/** A person signed in to one of our servers. */
export interface Visitor {
  client: Client;
  userId: string;
  workspaceId: string;
  /** What a browser would send with every request. */
  headers: Record<string, string>;
}

/** Makes an account; the first one on a server is the operator. */
export const signUp = async (url: string, name: string): Promise<Visitor> => {
  const headers: Record<string, string> = { origin: url };
  const browse = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    for (const [key, value] of Object.entries(headers)) request.headers.set(key, value);
    const response = await fetch(request);
    const cookies = response.headers.getSetCookie().map((line) => line.slice(0, line.indexOf(';')));
    if (cookies.length > 0) headers.cookie = cookies.join('; ');
    return response;
  };
  const client = createClient({ baseUrl: url, fetch: browse as typeof fetch });
  const { user, workspaces } = await client.auth.signUp({
    name,
    email: `${name}@example.org`,
    password: `correct horse ${name} battery`,
  });
  return { client, userId: user.id, workspaceId: workspaces[0]!.id, headers };
};
