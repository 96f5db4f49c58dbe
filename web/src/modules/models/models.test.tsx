import type { Role } from '@parley/sdk';
import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { problem, type StubRoutes } from '../../testing/api-stub.ts';
import { listOf, meOf, providerOf, teamId, workspaceOf } from '../../testing/fixtures.ts';
import { renderApp } from '../../testing/render.tsx';

vi.mock('../chat/conversation-list.tsx', () => ({ ConversationList: () => null }));

const demo = providerOf({
  id: 'demo',
  kind: 'demo',
  name: 'Demo',
  source: 'built-in',
  keyHint: null,
  models: ['demo'],
});
const anthropic = providerOf();
const models = [
  { providerId: anthropic.id, providerName: 'Anthropic', kind: 'anthropic', name: 'claude-sonnet', isDefault: false },
  { providerId: 'demo', providerName: 'Demo', kind: 'demo', name: 'demo', isDefault: true },
];
const works = { ok: true, message: 'Connected: 2 models found.', models: ['one', 'two'], latencyMs: 120 };

function renderModels(routes: StubRoutes = {}, role: Role = 'owner') {
  const team = workspaceOf({ id: teamId, name: 'Team', kind: 'team', role });
  return renderApp(`/w/${teamId}/settings/models`, {
    'GET /v1/me': meOf({}, [workspaceOf(), team]),
    'GET /v1/providers': listOf([anthropic, demo]),
    'GET /v1/models': listOf(models),
    ...routes,
  });
}
const openDialog = async (app: ReturnType<typeof renderModels>) => {
  await app.user.click(await screen.findByRole('button', { name: 'Add provider' }));
  return within(await screen.findByRole('dialog', { name: 'Add provider' }));
};

describe('providers', () => {
  it('shows only the end of a key, and leaves the built-in one alone', async () => {
    renderModels();
    expect(await screen.findByText('Anthropic · ••••w9Qz · 2 models')).toBeTruthy();
    expect(screen.getByText('Built in')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Actions for Demo' })).toBeNull();
  });

  it('acts in the workspace of the address', async () => {
    const app = renderModels();
    await screen.findByText('Built in');
    const request = app.api.requests.find(({ path }) => path === '/v1/providers');
    expect(request?.headers.get('parley-workspace')).toBe(teamId);
  });

  it('tests before saving, then adds', async () => {
    const app = renderModels({ 'POST /v1/providers/test': works, 'POST /v1/providers': anthropic });
    const dialog = await openDialog(app);
    await app.user.type(dialog.getByLabelText('API key'), 'sk-ant-123456789');
    await app.user.click(dialog.getByRole('button', { name: 'Test' }));
    expect(await dialog.findByText('It works: 2 models found in 120 ms.')).toBeTruthy();
    expect(dialog.getByText('one, two')).toBeTruthy();
    await app.user.click(dialog.getByRole('button', { name: 'Add' }));
    expect(await screen.findByText('Anthropic is connected')).toBeTruthy();
    const draft = { kind: 'anthropic', source: 'workspace', apiKey: 'sk-ant-123456789' };
    expect(app.api.sent('POST', '/v1/providers/test')).toEqual([draft]);
    expect(app.api.sent('POST', '/v1/providers')).toEqual([{ ...draft, name: 'Anthropic' }]);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('knows where local servers listen and shows what went wrong', async () => {
    const message = '127.0.0.1:8000 could not be reached.';
    const app = renderModels({
      'POST /v1/providers/test': { ok: false, message, models: [], latencyMs: 3 },
    });
    const dialog = await openDialog(app);
    const kind = dialog.getByLabelText('Provider');
    const addresses: Record<string, string> = {
      ollama: 'http://127.0.0.1:11434/v1',
      'lm-studio': 'http://127.0.0.1:1234/v1',
      litellm: 'http://127.0.0.1:4000/v1',
      openrouter: 'https://openrouter.ai/api/v1',
      other: '',
      vllm: 'http://127.0.0.1:8000/v1',
    };
    for (const [preset, address] of Object.entries(addresses)) {
      await app.user.selectOptions(kind, preset);
      expect((dialog.getByLabelText('Base address') as HTMLInputElement).value).toBe(address);
    }
    await app.user.click(dialog.getByRole('button', { name: 'Test' }));
    expect((await dialog.findByRole('alert')).textContent).toBe(message);
    expect(app.api.sent('POST', '/v1/providers/test')).toEqual([
      { kind: 'openai-compatible', source: 'workspace', baseUrl: 'http://127.0.0.1:8000/v1' },
    ]);
  });

  it('asks for the key a vendor needs and shows the server’s complaint beside its field', async () => {
    const app = renderModels({
      'POST /v1/providers/test': problem(400, 'invalid_request', {
        detail: 'body baseUrl: must begin with https:// or http://',
        errors: [{ path: 'baseUrl', message: 'must begin with https:// or http://' }],
      }),
    });
    const dialog = await openDialog(app);
    await app.user.click(dialog.getByRole('button', { name: 'Add' }));
    expect(dialog.getByText('Please fill this in.')).toBeTruthy();
    await app.user.selectOptions(dialog.getByLabelText('Provider'), 'other');
    await app.user.type(dialog.getByLabelText('Base address'), 'ftp://x');
    await app.user.click(dialog.getByRole('button', { name: 'Test' }));
    expect(await dialog.findByText('Must begin with https:// or http://')).toBeTruthy();
  });

  it('tests a saved one in place', async () => {
    const app = renderModels({ 'POST /v1/providers/:id/test': works });
    await app.user.click(await screen.findByRole('button', { name: 'Test Anthropic' }));
    expect(await screen.findByText('It works: 2 models found in 120 ms.')).toBeTruthy();
    app.api.set({ 'POST /v1/providers/:id/test': problem(429, 'rate_limited') });
    await app.user.click(screen.getByRole('button', { name: 'Test Anthropic' }));
    expect(await screen.findByText(/Too many attempts/)).toBeTruthy();
  });

  it('edits without touching the stored key', async () => {
    const local = providerOf({ kind: 'openai-compatible', name: 'Cellar', baseUrl: 'http://10.0.0.1/v1' });
    const app = renderModels({
      'GET /v1/providers': listOf([local]),
      'PATCH /v1/providers/:id': problem(422, 'unprocessable', {
        detail: 'Enter the key again: a stored key is only sent to the address it was entered for.',
        errors: [{ path: 'apiKey', message: 'is required when the address changes' }],
      }),
    });
    await app.user.click(await screen.findByRole('button', { name: 'Actions for Cellar' }));
    await app.user.click(await screen.findByRole('menuitem', { name: 'Edit' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Edit Cellar' }));
    expect(dialog.getByPlaceholderText('••••w9Qz')).toBeTruthy();
    await app.user.type(dialog.getByLabelText('Base address'), '/x');
    await app.user.click(dialog.getByRole('button', { name: 'Save' }));
    expect(await dialog.findByText(/Enter the key again: a stored key is only sent to the address/)).toBeTruthy();
    app.api.set({ 'PATCH /v1/providers/:id': local });
    await app.user.clear(dialog.getByLabelText('Base address'));
    await app.user.type(dialog.getByLabelText('Base address'), 'http://10.0.0.1/v1');
    await app.user.click(dialog.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(app.api.sent('PATCH', `/v1/providers/${local.id}`).at(-1)).toEqual({ name: 'Cellar' });
  });

  it('deletes after a question', async () => {
    const app = renderModels({ 'DELETE /v1/providers/:id': null });
    await app.user.click(await screen.findByRole('button', { name: 'Actions for Anthropic' }));
    await app.user.click(await screen.findByRole('menuitem', { name: 'Delete' }));
    const question = within(await screen.findByRole('alertdialog', { name: 'Delete Anthropic?' }));
    app.api.set({ 'GET /v1/providers': listOf([demo]) });
    await app.user.click(question.getByRole('button', { name: 'Delete' }));
    expect(await screen.findByText('Anthropic is deleted')).toBeTruthy();
    expect(screen.queryByText('Anthropic · ••••w9Qz · 2 models')).toBeNull();
  });
});

describe('offers', () => {
  it('takes a key from the environment or a local server with one click', async () => {
    const app = renderModels({
      'GET /v1/providers/offers': listOf([
        {
          kind: 'anthropic',
          name: 'Anthropic',
          baseUrl: null,
          source: 'environment',
          variable: 'ANTHROPIC_API_KEY',
          models: [],
        },
        {
          kind: 'openai-compatible',
          name: 'Ollama',
          baseUrl: 'http://127.0.0.1:11434/v1',
          source: 'local',
          variable: null,
          models: ['a', 'b'],
        },
      ]),
      'POST /v1/providers': anthropic,
    });
    expect(await screen.findByText('Key in ANTHROPIC_API_KEY')).toBeTruthy();
    expect(screen.getByText('Running at http://127.0.0.1:11434/v1 · 2 models')).toBeTruthy();
    await app.user.click(screen.getByRole('button', { name: 'Use Ollama' }));
    expect(await screen.findByText('Ollama is connected')).toBeTruthy();
    await app.user.click(screen.getByRole('button', { name: 'Use Anthropic' }));
    await screen.findByText('Anthropic is connected');
    expect(app.api.sent('POST', '/v1/providers')).toEqual([
      { kind: 'openai-compatible', name: 'Ollama', source: 'workspace', baseUrl: 'http://127.0.0.1:11434/v1' },
      { kind: 'anthropic', name: 'Anthropic', source: 'environment' },
    ]);
  });
});

describe('the default model', () => {
  it('warns while the demo answers, and can be chosen', async () => {
    const app = renderModels({ 'PUT /v1/models/default': { ...models[0], isDefault: true } });
    const select = (await screen.findByLabelText('Model')) as HTMLSelectElement;
    expect(screen.getByText(/still answer with the scripted demo model/)).toBeTruthy();
    app.api.set({ 'GET /v1/models': listOf(models.map((model) => ({ ...model, isDefault: !model.isDefault }))) });
    await app.user.selectOptions(select, 'claude-sonnet');
    expect(await screen.findByText('Saved')).toBeTruthy();
    expect(app.api.sent('PUT', '/v1/models/default')).toEqual([{ providerId: anthropic.id, name: 'claude-sonnet' }]);
    expect(screen.queryByText(/scripted demo model/)).toBeNull();
  });

  it('is all that members see', async () => {
    const app = renderModels({}, 'member');
    expect(((await screen.findByLabelText('Model')) as HTMLSelectElement).disabled).toBe(true);
    expect(screen.getByText(/Admins of this workspace/)).toBeTruthy();
    expect(app.api.requests.some(({ path }) => path.startsWith('/v1/providers'))).toBe(false);
  });
});
