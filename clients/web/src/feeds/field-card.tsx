import { ageText } from "../board/age.ts";
import { sentence } from "./fields.ts";
import type { FieldView } from "./fields.ts";
import { StateWord } from "./state-word.tsx";

/** One price: where it is read, what is there, and what came of it. */
export function FieldCard({ field, nowMs }: { field: FieldView; nowMs: number }) {
  return (
    <article className="feeds-card">
      <h3>
        {field.symbol} {field.field} <StateWord state={field.state} />
      </h3>
      <p>{sentence(field)}</p>
      <dl>
        <dt>selector</dt>
        <dd>
          <code>{field.selector}</code>
        </dd>
        <dt>text</dt>
        <dd className="figures">{field.text ?? "none"}</dd>
        <dt>price</dt>
        <dd className="figures">{field.price ?? "none"}</dd>
        <dt>changed</dt>
        <dd className="figures">
          {field.observedAt === null ? "never" : `${ageText(nowMs - Date.parse(field.observedAt))} ago`}
        </dd>
      </dl>
    </article>
  );
}
