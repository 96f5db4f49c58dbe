import type { Model } from '@parley/sdk';
import { modelKey } from './bot-draft.ts';

/** The options of a select: models grouped by their provider. */
export function ModelOptions({ models }: { models: readonly Model[] }) {
  return [...new Set(models.map((model) => model.providerId))].map((providerId) => (
    <optgroup key={providerId} label={models.find((model) => model.providerId === providerId)?.providerName ?? ''}>
      {models
        .filter((model) => model.providerId === providerId)
        .map((model) => (
          <option key={model.name} value={modelKey({ providerId, name: model.name })}>
            {model.name}
          </option>
        ))}
    </optgroup>
  ));
}
