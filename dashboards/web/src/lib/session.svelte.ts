// Who looks at the page, and what they may do.

import { preferences } from './preferences.svelte';
import { send } from './send';

export const ROLES = ['viewer', 'analyst', 'editor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Me {
  name: string;
  role: Role;
  team: string | null;
  brands: string[];
  can_log_out: boolean;
}

interface SessionInfo {
  user: Me | null;
  open: boolean;
  single_sign_on: string | null;
}

class Session {
  info = $state.raw<SessionInfo | null>(null);

  /** Whether somebody has to log in before anything can be shown. */
  readonly needed = $derived(this.info !== null && this.info.user === null);
  readonly user = $derived(this.info?.user ?? null);

  constructor() {
    void this.load();
  }

  async load() {
    // While the server is away, the pages say so themselves.
    this.info = await send<SessionInfo>('GET', 'session').catch(() => this.info);
    // Without users, everybody would share what one of them prefers.
    if (this.info?.user && !this.info.open) await preferences.follow();
  }

  async logIn(name: string, password: string) {
    await send('POST', 'session', { name, password });
    await this.load();
  }

  async logOut() {
    await send('DELETE', 'session');
    await this.load();
  }

  /** Whether the reader's role reaches. */
  may(role: Role): boolean {
    return this.user !== null && ROLES.indexOf(this.user.role) >= ROLES.indexOf(role);
  }
}

export const session = new Session();
