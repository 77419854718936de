/** The API sends a comment each 15 s unless set otherwise: a longer silence is a dead connection. */
const SILENCE_MS = 45_000;
const CHECK_MS = 5_000;

/** A response whose body fails when nothing comes for a while. The silence is measured by the clock: a timer stands still while a device sleeps. */
export class WatchedStream {
  readonly response: Response;
  #heardMs = Date.now();
  #fail: (error: Error) => void = () => undefined;

  constructor(response: Response) {
    const { body } = response;
    if (body === null) {
      this.response = response;
      return;
    }
    const watched = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => {
        this.#fail = (error) => {
          controller.error(error);
        };
      },
      transform: (chunk, controller) => {
        this.#heardMs = Date.now();
        controller.enqueue(chunk);
      },
    });
    this.response = new Response(watched.readable, response);
    const timer = setInterval(() => {
      this.failIfSilent();
    }, CHECK_MS);
    void body
      .pipeTo(watched.writable)
      .catch(() => undefined)
      .finally(() => {
        clearInterval(timer);
      });
  }

  failIfSilent(): void {
    if (Date.now() - this.#heardMs > SILENCE_MS) {
      this.#fail(new Error(`nothing was received for ${String(SILENCE_MS / 1000)} s`));
    }
  }
}
