// The present, for "5 minutes ago". Ticks every half minute.

class Clock {
  now = $state.raw(new Date());

  constructor() {
    setInterval(() => (this.now = new Date()), 30_000);
  }
}

export const clock = new Clock();
