import { createClient, type Client } from '@parley/sdk';
import type { Page } from 'playwright-core';
import type { Installation, PersonOptions, Visit } from './installation.ts';

export const password = 'correct horse battery';
export const addressOf = (name: string): string => `${name.toLowerCase()}@example.org`;

/** Somebody with an account, and the browser profile in which they are signed in. */
export interface Account extends Visit {
  client: Client;
}

/** The SDK acting as whoever is signed in in this profile. */
export const clientOf = async (home: Installation, { context }: Visit): Promise<Client> => {
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  return createClient({ baseUrl: home.url, headers: () => ({ origin: home.url, cookie }) });
};

const enter = async (home: Installation, visit: Visit, path: string, body: object): Promise<Account> => {
  const answer = await visit.context.request.post(path, { data: body, headers: { origin: home.url } });
  if (!answer.ok()) throw new Error(`${path} answered ${answer.status()}: ${await answer.text()}`);
  return { ...visit, client: await clientOf(home, visit) };
};

export const signUp = async (
  home: Installation,
  name: string,
  options: PersonOptions & { invitation?: string } = {},
): Promise<Account> =>
  enter(home, await home.person(options), '/v1/auth/sign-up', {
    name,
    email: addressOf(name),
    password,
    ...(options.invitation === undefined ? {} : { invitation: options.invitation }),
  });

/** One more browser profile of somebody who has an account. */
export const signIn = async (home: Installation, name: string, options: PersonOptions = {}): Promise<Account> =>
  enter(home, await home.person(options), '/v1/auth/sign-in', { email: addressOf(name), password });

/** Signs in at the screen that is shown. */
export const signInByScreen = async (page: Page, name: string, secret = password): Promise<void> => {
  await page.getByRole('heading', { name: 'Sign in to Parley' }).waitFor();
  await page.getByLabel('Email').fill(addressOf(name));
  await page.getByLabel('Password', { exact: true }).fill(secret);
  await page.keyboard.press('Enter');
};
