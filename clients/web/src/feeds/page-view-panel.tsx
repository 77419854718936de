import { useQuery } from "@apollo/client/react";

import { useSession } from "../app/session.ts";
import { ageText } from "../board/age.ts";
import { failing, keyOf, sentence } from "./fields.ts";
import { PAGE_VIEW } from "./operations.ts";
import { PagePicture } from "./page-picture.tsx";
import { refusalOf } from "../app/refusal.ts";
import { StateWord } from "./state-word.tsx";

/** What the producer sees of its page: a picture taken when this is opened, and again on demand. */
export function PageViewPanel({ feedFile, nowMs }: { feedFile: string; nowMs: number }) {
  const { client } = useSession().connection;
  const { data, error, loading, refetch } = useQuery(PAGE_VIEW, {
    client,
    variables: { feedFile },
    fetchPolicy: "no-cache",
    notifyOnNetworkStatusChange: true,
  });
  const view = data?.pageView;
  const problem = error ? refusalOf(error) : view?.problem;
  const faults = view ? failing(view) : [];
  return (
    <section className="feeds-view" aria-labelledby="feeds-view">
      <header>
        <h2 id="feeds-view">What the producer sees</h2>
        <button
          type="button"
          className="button"
          disabled={loading}
          onClick={() => {
            // A failure is shown through `error`.
            refetch().catch(() => undefined);
          }}
        >
          {loading ? "Taking a picture …" : "Take a new picture"}
        </button>
        <span className="feeds-soft" aria-live="polite">
          {view?.takenAt != null && `${view.page ?? ""}, ${ageText(nowMs - Date.parse(view.takenAt))} ago`}
        </span>
      </header>
      {problem != null && <p className="feeds-problem">There is no picture: {problem}.</p>}
      {faults.length > 0 && (
        <ul className="feeds-faults" aria-label="Prices that are not live">
          {faults.map((field) => (
            <li key={keyOf(field)}>
              <StateWord state={field.state} /> <b>{field.symbol}</b> {sentence(field)} <code>{field.selector}</code>
            </li>
          ))}
        </ul>
      )}
      {view?.picture && <PagePicture view={view} picture={view.picture} nowMs={nowMs} />}
      {view && (view.leftOut > 0 || (view.picture?.covered ?? 0) > 0) && (
        <p className="feeds-soft">
          {view.leftOut > 0 && `${String(view.leftOut)} more prices are not in this list. `}
          {(view.picture?.covered ?? 0) > 0 && "What holds or may hold a secret is covered in grey."}
        </p>
      )}
    </section>
  );
}
