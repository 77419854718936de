import "zone.js";
import "@angular/compiler";

import { Component, provideZoneChangeDetection, signal } from "@angular/core";
import { bootstrapApplication } from "@angular/platform-browser";

import { FIELDS, grouped, later, play, SYMBOLS } from "../market.js";

// Compiled in the browser, as there is no Angular compiler in the bundler. zone.js has patched MutationObserver,
// timers and promises by now, and renders after each task that they run.
class Board {
  fields = FIELDS;
  grouped = grouped;
  quotes = signal([]);

  constructor() {
    play(
      (quotes) => {
        this.quotes.set(quotes);
        return later(0).then(() => undefined);
      },
      { symbols: SYMBOLS },
    );
  }
}

const Decorated = Component({
  selector: "app-board",
  template: `<table>
    <tr><th>Symbol</th>@for (field of fields; track field) {<th>{{ field }}</th>}</tr>
    @for (quote of quotes(); track quote.symbol) {
      <tr class="quote"><td>{{ quote.symbol }}</td>@for (field of fields; track field) {<td>{{ grouped(quote[field]) }}</td>}</tr>
    }
  </table>`,
})(Board);

document.getElementById("board").append(document.createElement("app-board"));
bootstrapApplication(Decorated ?? Board, { providers: [provideZoneChangeDetection()] });
