import type { BotTypeDescription } from '@parley/sdk';
import { useTranslation } from 'react-i18next';
import { Avatar } from '../../design/avatar.tsx';

/** The first step of a new bot. */
export function TypePicker({
  types,
  onChoose,
}: {
  types: readonly BotTypeDescription[];
  onChoose: (type: BotTypeDescription) => void;
}) {
  const { t } = useTranslation('bots');
  return (
    <section aria-labelledby="bot-type-heading" className="flex flex-col gap-4">
      <div>
        <h2 id="bot-type-heading" className="text-lg font-semibold">
          {t('pick.title')}
        </h2>
        <p className="mt-1 text-soft">{t('pick.text')}</p>
      </div>
      <ul className="grid grid-cols-1 gap-3 sm:grid-cols-2">
        {types.map((type) => (
          <li key={type.type}>
            <button
              type="button"
              onClick={() => onChoose(type)}
              className="flex h-full w-full items-start gap-3 rounded-xl border border-line bg-raised p-4 text-start hover:border-line-strong hover:bg-hover"
            >
              <Avatar name={type.name} emoji={type.avatar} size="lg" />
              <span>
                <span className="block font-semibold">{t(`types.${type.type}.name`)}</span>
                <span className="mt-0.5 block text-soft">{t(`types.${type.type}.description`)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
