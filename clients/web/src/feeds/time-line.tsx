import { marks, segments, subject } from "./segments.ts";
import { StateWord } from "./state-word.tsx";
import { clock, lookOf } from "./states.ts";
import type { FeedFile } from "./states.ts";

const percent = (share: number): string => `${(share * 100).toFixed(3)}%`;

/** The last hour of a feed file: a bar of the page's states, a row of the symbols' changes, and all of it in words. */
export function TimeLine({ file, nowMs }: { file: FeedFile; nowMs: number }) {
  const events = [...file.events].reverse();
  return (
    <section aria-labelledby="feeds-hour">
      <h2 id="feeds-hour">The last hour</h2>
      {/* The table below has all of it in words. */}
      <div className="time-line" aria-hidden="true">
        <div className="time-line-bar">
          {segments(file, nowMs).map(({ state, reason, from, to, begin }) => (
            <span
              key={begin ?? "before"}
              className={`stretch stretch-${state ? lookOf(state).kind : "unknown"}`}
              style={{ left: percent(from), width: percent(to - from) }}
              title={[state ? lookOf(state).word : "not known", begin && clock(begin), reason]
                .filter(Boolean)
                .join(" · ")}
            />
          ))}
        </div>
        <div className="time-line-marks">
          {marks(file, nowMs).map(({ at, time, state, what, reason }) => (
            <span
              key={`${time} ${what}`}
              className={`mark state-${lookOf(state).kind}`}
              style={{ left: percent(at) }}
              title={`${clock(time)} · ${what} ${lookOf(state).word}${reason ? ` · ${reason}` : ""}`}
            >
              {lookOf(state).sign}
            </span>
          ))}
        </div>
        <div className="time-line-scale">
          {["60 min ago", "45", "30", "15", "now"].map((text) => (
            <span key={text}>{text}</span>
          ))}
        </div>
      </div>
      {events.length === 0 ? (
        <p className="feeds-soft">No fault and no recovery in the last hour.</p>
      ) : (
        <div className="feeds-events" tabIndex={0} role="region" aria-label="Faults and recoveries">
          <table className="feeds-table">
            <thead>
              <tr>
                <th scope="col">at</th>
                <th scope="col">what</th>
                <th scope="col">state</th>
                <th scope="col">why</th>
              </tr>
            </thead>
            <tbody>
              {events.map((event) => (
                <tr key={`${event.at} ${event.symbol ?? ""} ${event.state}`}>
                  <td className="figures">{clock(event.at)}</td>
                  <td>{subject(event)}</td>
                  <td>
                    <StateWord state={event.state} />
                  </td>
                  <td>{event.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
