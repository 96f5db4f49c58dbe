import type { Role } from '@parley/sdk';

/** Strongest first, as in every list of roles. */
export const roles: readonly Role[] = ['owner', 'admin', 'member', 'viewer'];
