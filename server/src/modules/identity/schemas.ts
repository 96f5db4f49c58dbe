import { z } from 'zod';
import { emailAddress, line, newPassword, oneEmoji } from '../../platform/text-fields.ts';

const preferences = {
  language: z.enum(['en', 'de', 'es']).nullable(),
  theme: z.enum(['light', 'dark', 'system']),
  accent: z.enum(['indigo', 'teal', 'rose', 'amber', 'violet', 'slate']),
};

export const PreferencesSchema = z.object(preferences).meta({ id: 'Preferences' });
export const preferencesPatch = z.strictObject(preferences).partial();
export type Preferences = z.output<typeof PreferencesSchema>;
export const defaultPreferences: Preferences = { language: null, theme: 'system', accent: 'indigo' };

export const UserSchema = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    avatar: z.string().nullable(),
    isOperator: z.boolean().describe('The first account of this installation.'),
    preferences: PreferencesSchema,
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type User = z.output<typeof UserSchema>;

export const profilePatch = z.strictObject({
  name: line(80).optional(),
  avatar: oneEmoji().nullable().optional(),
  preferences: preferencesPatch.optional(),
});
export type ProfilePatch = z.output<typeof profilePatch>;

export const SessionSchema = z
  .object({
    id: z.uuid(),
    current: z.boolean(),
    userAgent: z.string().nullable(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export type Session = z.output<typeof SessionSchema>;

const givenPassword = z.string().min(1).max(128);

export const newAccountBody = z.strictObject({ name: line(80), email: emailAddress(), password: newPassword() });
export type NewAccount = z.output<typeof newAccountBody>;

export const credentialsBody = z.strictObject({ email: emailAddress(), password: givenPassword });
export type Credentials = z.output<typeof credentialsBody>;

export const changePasswordBody = z.strictObject({ currentPassword: givenPassword, newPassword: newPassword() });
export const requestPasswordResetBody = z.strictObject({ email: emailAddress() });
export const resetPasswordBody = z.strictObject({ token: z.string().min(1).max(200), password: newPassword() });
