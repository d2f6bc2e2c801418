// The transaction that the charts of a run show together.

/** Listeners hear of every change; a new run makes a new selection, so none outlives its charts. */
function newSelection() {
  const listeners = [];
  return {
    tx: null,
    attempt: null,
    listen(listener) {
      listeners.push(listener);
    },
    choose(tx, attempt = null) {
      [this.tx, this.attempt] = [tx, attempt];
      listeners.forEach((listener) => listener(this));
    },
  };
}
