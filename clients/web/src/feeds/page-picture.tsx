import { useState } from "react";
import type { KeyboardEvent } from "react";

import { FieldCard } from "./field-card.tsx";
import { boxed, keyOf, sentence } from "./fields.ts";
import type { PageView } from "./fields.ts";
import { lookOf } from "./states.ts";
import { usePicture } from "./use-picture.ts";

const STEPS: Partial<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

interface Props {
  view: PageView;
  picture: NonNullable<PageView["picture"]>;
  nowMs: number;
}

/** The picture of a page with a box around each price. A box that is pointed at or has the focus tells what was read. */
export function PagePicture({ view, picture, nowMs }: Props) {
  const { source, problem } = usePicture(picture.url);
  const [active, setActive] = useState<string | null>(null);
  const fields = boxed(view);
  const shown = fields.find((field) => keyOf(field) === active);

  // One stop of the Tab key for all boxes; the arrows go from one to the next.
  function move(event: KeyboardEvent<HTMLButtonElement>): void {
    const step = STEPS[event.key];
    if (step === undefined) {
      return;
    }
    event.preventDefault();
    const boxes = [...(event.currentTarget.parentElement?.querySelectorAll("button") ?? [])];
    boxes[(boxes.indexOf(event.currentTarget) + step + boxes.length) % boxes.length]?.focus();
  }

  return (
    <div className="feeds-picture">
      <div className="feeds-frame" style={{ aspectRatio: `${String(picture.width)} / ${String(picture.height)}` }}>
        {source !== null && <img src={source} alt={`What the producer sees of ${view.page ?? "the page"}`} />}
        {problem !== null && <p className="feeds-soft">No picture: {problem}.</p>}
        <div role="group" aria-label="Prices in the picture">
          {fields.map((field, index) => {
            const key = keyOf(field);
            const { x, y, width, height } = field.box;
            return (
              <button
                key={key}
                type="button"
                className={`box box-${lookOf(field.state).kind}`}
                style={{
                  left: `${String((x / picture.width) * 100)}%`,
                  top: `${String((y / picture.height) * 100)}%`,
                  width: `${String((width / picture.width) * 100)}%`,
                  height: `${String((height / picture.height) * 100)}%`,
                }}
                aria-label={`${field.symbol} ${field.field}: ${sentence(field)}`}
                tabIndex={key === active || (shown === undefined && index === 0) ? 0 : -1}
                onPointerEnter={() => {
                  setActive(key);
                }}
                onFocus={() => {
                  setActive(key);
                }}
                onKeyDown={move}
              />
            );
          })}
        </div>
      </div>
      <div className="feeds-side" aria-live="polite">
        {shown ? (
          <FieldCard field={shown} nowMs={nowMs} />
        ) : (
          <p className="feeds-soft">Point at a box to see what was read in it.</p>
        )}
      </div>
    </div>
  );
}
