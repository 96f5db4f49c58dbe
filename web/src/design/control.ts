/** The look that text-like form controls share. 16 px on touch screens keeps phones from zooming in. */
export const controlLook =
  'w-full rounded-lg border border-line-strong bg-page px-3 text-ink transition-colors max-md:text-base text-sm ' +
  'hover:not-disabled:border-soft focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:opacity-60 ' +
  'aria-invalid:border-danger';
