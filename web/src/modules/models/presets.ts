import type { ProviderKind } from '@parley/sdk';

export interface Preset {
  id: string;
  kind: Exclude<ProviderKind, 'demo'>;
  name: string;
  /** The address to start from; null where the kind has its own. */
  baseUrl: string | null;
  key: 'needed' | 'optional';
}

/** What people run or rent. Local ports are each project's default. */
export const presets: readonly Preset[] = [
  { id: 'anthropic', kind: 'anthropic', name: 'Anthropic', baseUrl: null, key: 'needed' },
  { id: 'openai', kind: 'openai', name: 'OpenAI', baseUrl: null, key: 'needed' },
  {
    id: 'openrouter',
    kind: 'openai-compatible',
    name: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    key: 'needed',
  },
  { id: 'ollama', kind: 'openai-compatible', name: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', key: 'optional' },
  {
    id: 'lm-studio',
    kind: 'openai-compatible',
    name: 'LM Studio',
    baseUrl: 'http://127.0.0.1:1234/v1',
    key: 'optional',
  },
  { id: 'vllm', kind: 'openai-compatible', name: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1', key: 'optional' },
  { id: 'litellm', kind: 'openai-compatible', name: 'LiteLLM', baseUrl: 'http://127.0.0.1:4000/v1', key: 'optional' },
  { id: 'other', kind: 'openai-compatible', name: '', baseUrl: '', key: 'optional' },
];
