import type { Me, Member, Provider, Setup, Workspace } from '@parley/sdk';

export const personalId = '01930000-0000-7000-8000-000000000001';
export const teamId = '01930000-0000-7000-8000-000000000002';
const createdAt = '2026-11-20T09:00:00.000Z';

export const workspaceOf = (changes: Partial<Workspace> = {}): Workspace => ({
  id: personalId,
  name: 'Ada’s workspace',
  kind: 'personal',
  role: 'owner',
  signUp: 'invitation',
  createdAt,
  ...changes,
});

export const meOf = (changes: Partial<Me['user']> = {}, workspaces?: Workspace[]): Me => ({
  user: {
    id: '01930000-0000-7000-8000-0000000000aa',
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    avatar: null,
    isOperator: true,
    preferences: { language: 'en', theme: 'system', accent: 'indigo' },
    createdAt,
    ...changes,
  },
  workspaces: workspaces ?? [workspaceOf(), workspaceOf({ id: teamId, name: 'Analytical Engines', kind: 'team' })],
});

export const setupOf = (changes: Partial<Setup> = {}): Setup => ({
  needsOwner: false,
  signUp: 'invitation',
  version: '0.1.0',
  ...changes,
});

export const memberOf = (changes: Partial<Member> = {}): Member => ({
  userId: '01930000-0000-7000-8000-0000000000bb',
  name: 'Grace Hopper',
  email: 'grace@example.com',
  avatar: null,
  role: 'member',
  joinedAt: createdAt,
  ...changes,
});

export const providerOf = (changes: Partial<Provider> = {}): Provider => ({
  id: '01930000-0000-7000-8000-0000000000cc',
  kind: 'anthropic',
  name: 'Anthropic',
  baseUrl: null,
  keyHint: 'w9Qz',
  source: 'workspace',
  models: ['claude-sonnet', 'claude-haiku'],
  createdAt,
  ...changes,
});

export const listOf = <T>(items: T[]) => ({ items, nextCursor: null });
