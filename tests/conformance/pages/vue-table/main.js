import { createApp, nextTick, reactive } from "vue";

import { FIELDS, grouped, play } from "../market.js";

const board = reactive({ quotes: [], order: 0 });

createApp({
  setup: () => ({ board, FIELDS, grouped }),
  // Without keys, Vue puts the texts of other rows into existing elements.
  template: `<table>
    <tr><th>Symbol</th><th v-for="field in FIELDS">{{ field }}</th></tr>
    <tr v-for="quote in board.quotes" class="quote">
      <th scope="row">{{ quote.symbol }}</th>
      <td v-for="field in FIELDS" :class="field">{{ grouped(quote[field]) }}</td>
    </tr>
  </table>`,
}).mount("#board");

play((quotes, step) => {
  board.quotes = Math.floor(step / 5) % 2 ? quotes.toReversed() : quotes;
  return nextTick().then(() => undefined);
});
